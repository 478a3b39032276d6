package dev.waybill.gateway.state.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the cluster as immutable images, and its changes: as the resource log tells them, or, while the writer of
 * this process leads, as it has just committed them, since nobody else can. Thread-safe.
 */
public final class KafkaResourceTail implements ResourceTail, LogTail.Listener, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(KafkaResourceTail.class);

    /** Text of the objects in the changes that watches can start from; beyond it they list again. */
    private static final long HISTORY_CHARACTERS = 24L << 20;

    /** A replayed log is free of gaps only within its compaction lag of an hour; older watches list again. */
    private static final Duration COMPLETE = Duration.ofMinutes(50);

    private final LogTail log;
    private final BlockingQueue<Commit> commits = new LinkedBlockingQueue<>();
    private final Thread ownCommits =
            Thread.ofPlatform().name("own-commits").daemon().unstarted(this::followOwnCommits);
    private final Object lock = new Object();
    private final ChangeHistory history = new ChangeHistory(HISTORY_CHARACTERS);
    private final TreeMap<Long, List<CompletableFuture<ResourceImage>>> waiting = new TreeMap<>();
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
    private final Map<Type, Set<Subscriber>> byType = new ConcurrentHashMap<>();
    private final List<Read> batch = new ArrayList<>();
    private volatile ResourceImage image = ResourceImage.EMPTY;
    private volatile long committed;
    private volatile long delivered;
    private final Object position = new Object();
    private volatile Known known = new Known(-1, null);

    private record Subscriber(Consumer<List<ResourceDelta>> listener) {
        /** A subscriber that fails keeps nobody else from being told, and no caller from being answered. */
        void tell(List<ResourceDelta> changes) {
            try {
                listener.accept(changes);
            } catch (RuntimeException e) {
                logger.error(
                        "a subscriber failed at revision {}", changes.getLast().revision(), e);
            }
        }
    }

    /**
     * How far the log is known from the writer of this process.
     *
     * @param to the offset after its last commit; negative when it does not lead
     * @param progress how far any writer had come at the last that is known; null before the first
     */
    private record Known(long to, @Nullable WriterProgress progress) {}

    /** A record of the log that waits for the end of its batch. */
    private record Read(ResourceChanged changed, Instant at) {}

    /**
     * What the writer of this process has committed.
     *
     * @param image the state after it
     * @param then what is to happen once everybody can see it
     */
    private record Commit(List<ResourceDelta> changes, ResourceImage image, Runnable then) {}

    public KafkaResourceTail(KafkaConnection connection) {
        this.log = new LogTail(connection, Topics.RESOURCES, this);
    }

    public void start() {
        log.start();
        ownCommits.start();
    }

    /**
     * Waits until the log has been replayed.
     *
     * @throws IllegalStateException when the replay failed or took longer
     */
    public void awaitCaughtUp(Duration limit) throws InterruptedException {
        log.awaitCaughtUp(limit);
    }

    /** The log beneath. */
    LogTail log() {
        return log;
    }

    /** How far the writer had come at the last record of its that was read; null before the first. */
    @Nullable
    WriterProgress progress() {
        return known.progress();
    }

    /**
     * The writer of this process has committed changes.
     *
     * @param after the state after them
     * @param end the offset after the last record of the commit
     * @param then what is to happen once everybody can see them
     */
    void committed(List<ResourceDelta> changes, ResourceImage after, WriterProgress reached, long end, Runnable then) {
        committed = after.revision();
        synchronized (position) {
            known = new Known(end, reached);
        }
        commits.add(new Commit(changes, after, then));
    }

    /** The writer of this process has ended or failed: from here on the log tells what comes. */
    void readOn() {
        synchronized (position) {
            known = new Known(-1, known.progress());
        }
        log.nudge();
    }

    @Override
    public long knownTo() {
        return known.to();
    }

    @Override
    public ResourceImage image() {
        return image;
    }

    @Override
    public CompletableFuture<ResourceImage> awaitRevision(long revision) {
        ResourceImage now = image;
        if (now.revision() >= revision) {
            return CompletableFuture.completedFuture(now);
        }
        synchronized (lock) {
            if (image.revision() >= revision) {
                return CompletableFuture.completedFuture(image);
            }
            CompletableFuture<ResourceImage> future = new CompletableFuture<>();
            waiting.computeIfAbsent(revision, key -> new ArrayList<>()).add(future);
            return future;
        }
    }

    /** This process's writer is the only one that commits, so its last commit is the log's end. */
    @Override
    public CompletableFuture<ResourceImage> awaitLogEnd() {
        return awaitRevision(committed);
    }

    @Override
    public Subscription subscribe(long revision, Consumer<List<ResourceDelta>> listener) throws RevisionGoneException {
        return subscribe(revision, delta -> true, subscribers, listener);
    }

    @Override
    public Subscription subscribe(long revision, Type type, Consumer<List<ResourceDelta>> listener)
            throws RevisionGoneException {
        return subscribe(
                revision,
                delta -> type.equals(typeOf(delta)),
                byType.computeIfAbsent(type, key -> ConcurrentHashMap.newKeySet()),
                listener);
    }

    private Subscription subscribe(
            long revision,
            Predicate<ResourceDelta> concerns,
            Set<Subscriber> to,
            Consumer<List<ResourceDelta>> listener)
            throws RevisionGoneException {
        Subscriber subscriber = new Subscriber(listener);
        synchronized (lock) {
            List<ResourceDelta> past =
                    history.since(revision).stream().filter(concerns).toList();
            if (!past.isEmpty()) {
                listener.accept(past);
            }
            to.add(subscriber);
        }
        return () -> to.remove(subscriber);
    }

    @Override
    public long delivered() {
        return delivered;
    }

    @Override
    public void pin(ResourceImage kept) {
        synchronized (lock) {
            history.pin(kept);
        }
    }

    @Override
    public @Nullable ResourceImage pinned(long revision) {
        synchronized (lock) {
            return history.pinned(revision);
        }
    }

    private static Type typeOf(ResourceDelta delta) {
        return new Type(delta.key().group(), delta.key().resource());
    }

    private void deliver(List<ResourceDelta> changes) {
        subscribers.forEach(subscriber -> subscriber.tell(changes));
        Map<Type, List<ResourceDelta>> parts = new HashMap<>();
        for (ResourceDelta change : changes) {
            Type type = typeOf(change);
            if (byType.containsKey(type)) {
                parts.computeIfAbsent(type, key -> new ArrayList<>()).add(change);
            }
        }
        parts.forEach((type, part) -> byType.getOrDefault(type, Set.of()).forEach(subscriber -> subscriber.tell(part)));
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        switch (received.event()) {
            case ResourceChanged changed -> batch.add(new Read(changed, received.timestamp()));
            case WriterProgress seen -> {
                synchronized (position) {
                    known = received.offset() < known.to() ? known : new Known(known.to(), seen);
                }
            }
            default -> {}
        }
    }

    private static ResourceDelta delta(Read read, ResourceImage before) {
        ResourceChanged changed = read.changed();
        Kind kind = before.kinds().byResource(changed.getGroup(), changed.getResource());
        if (kind == null || !kind.version().equals(changed.getVersion())) {
            // Of a newer build, of another version, or of a definition that compaction has moved behind it.
            kind = CustomKinds.unknown(
                    changed.getGroup(),
                    changed.getVersion(),
                    changed.getKind(),
                    changed.getResource(),
                    !changed.getNamespace().isEmpty());
        }
        ResourceKey key =
                new ResourceKey(changed.getGroup(), changed.getResource(), changed.getNamespace(), changed.getName());
        StoredObject object = StoredObject.ofText(
                key, kind, changed.getUid(), changed.getRevision(), changed.getGeneration(), changed.getObject());
        StoredObject previous = before.get(key);
        ResourceDelta.Change change = changed.getDeleted()
                ? ResourceDelta.Change.DELETED
                : previous == null ? ResourceDelta.Change.ADDED : ResourceDelta.Change.MODIFIED;
        return new ResourceDelta(change, object, previous, read.at(), changed.getUser());
    }

    @Override
    public void onCaughtUp() {
        onBatchEnd();
        Instant complete = Instant.now().minus(COMPLETE);
        synchronized (lock) {
            history.forgetBefore(complete);
        }
    }

    @Override
    public void onBatchEnd() {
        List<CompletableFuture<ResourceImage>> due;
        synchronized (lock) {
            ResourceImage next = image;
            List<ResourceDelta> changes = new ArrayList<>(batch.size());
            for (Read read : batch) {
                if (read.changed().getRevision() > next.revision()) { // else it is known from the writer
                    ResourceDelta delta = delta(read, next);
                    next = next.with(delta);
                    changes.add(delta);
                }
            }
            batch.clear();
            due = advance(changes, next);
        }
        due.forEach(future -> future.complete(image));
    }

    private void followOwnCommits() {
        try {
            while (true) {
                Commit commit = commits.take();
                follow(commit);
                commit.then().run();
                commit.changes().forEach(change -> change.object().pack()); // nobody waits for this thread now
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(Commit commit) {
        List<CompletableFuture<ResourceImage>> due;
        synchronized (lock) {
            long seen = image.revision();
            List<ResourceDelta> fresh = commit.changes().stream()
                    .filter(change -> change.revision() > seen)
                    .toList();
            due = advance(fresh, fresh.isEmpty() ? image : commit.image());
        }
        due.forEach(future -> future.complete(image));
    }

    /** Makes a later image the newest; the lock is held. Who waits for it comes back, to be told without the lock. */
    private List<CompletableFuture<ResourceImage>> advance(List<ResourceDelta> changes, ResourceImage to) {
        image = to;
        if (!changes.isEmpty()) {
            history.add(changes);
            deliver(List.copyOf(changes));
        }
        delivered = to.revision();
        List<CompletableFuture<ResourceImage>> due = new ArrayList<>();
        var reached = waiting.headMap(to.revision(), true);
        reached.values().forEach(due::addAll);
        reached.clear();
        return due;
    }

    @Override
    public void close() {
        ownCommits.interrupt();
        log.close();
    }
}
