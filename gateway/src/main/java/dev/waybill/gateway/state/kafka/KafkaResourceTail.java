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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The tail of the resource log as immutable images. Objects that this process's writer has just made are taken from it
 * instead of being decoded again. Thread-safe.
 */
public final class KafkaResourceTail implements ResourceTail, LogTail.Listener, AutoCloseable {
    /** Text of the objects in the changes that watches can start from; beyond it they list again. */
    private static final long HISTORY_CHARACTERS = 24L << 20;

    /** A replayed log is free of gaps only within its compaction lag of an hour; older watches list again. */
    private static final Duration COMPLETE = Duration.ofMinutes(50);

    private final LogTail log;
    private final Map<Long, StoredObject> handedOver = new ConcurrentHashMap<>();
    private final Object lock = new Object();
    private final ArrayDeque<ResourceDelta> history = new ArrayDeque<>();
    private final TreeMap<Long, List<CompletableFuture<ResourceImage>>> waiting = new TreeMap<>();
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
    private final Map<Type, Set<Subscriber>> byType = new ConcurrentHashMap<>();
    private final List<ResourceDelta> batch = new ArrayList<>();
    private ResourceImage next = ResourceImage.EMPTY;
    private long historyCharacters;
    private long forgotten;
    private volatile ResourceImage image = ResourceImage.EMPTY;
    private volatile long committed;
    private volatile long delivered;
    private volatile @Nullable WriterProgress progress;

    private record Subscriber(Consumer<List<ResourceDelta>> listener) {}

    public KafkaResourceTail(KafkaConnection connection) {
        this.log = new LogTail(connection, Topics.RESOURCES, this);
    }

    public void start() {
        log.start();
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
        return progress;
    }

    /** The writer of this process is about to commit these objects. */
    void handOver(List<ResourceDelta> changes) {
        for (ResourceDelta change : changes) {
            handedOver.put(change.revision(), change.object());
        }
    }

    /** The writer of this process has ended or failed: what it did not commit must not be taken for fact. */
    void forgetHandedOver() {
        handedOver.clear();
    }

    /** The writer of this process has committed everything up to a revision. */
    void committed(long revision) {
        committed = revision;
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
            if (revision < forgotten) {
                throw new RevisionGoneException(revision, forgotten);
            }
            List<ResourceDelta> past = history.stream()
                    .filter(delta -> delta.revision() > revision && concerns.test(delta))
                    .toList();
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

    private static Type typeOf(ResourceDelta delta) {
        return new Type(delta.key().group(), delta.key().resource());
    }

    private void deliver(List<ResourceDelta> changes) {
        subscribers.forEach(subscriber -> subscriber.listener.accept(changes));
        Map<Type, List<ResourceDelta>> parts = new HashMap<>();
        for (ResourceDelta change : changes) {
            Type type = typeOf(change);
            if (byType.containsKey(type)) {
                parts.computeIfAbsent(type, key -> new ArrayList<>()).add(change);
            }
        }
        parts.forEach((type, part) ->
                byType.getOrDefault(type, Set.of()).forEach(subscriber -> subscriber.listener.accept(part)));
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        switch (received.event()) {
            case ResourceChanged changed -> changed(changed, received);
            case WriterProgress seen -> progress = seen;
            default -> {}
        }
    }

    private void changed(ResourceChanged changed, ReceivedEvent received) {
        Kind kind = next.kinds().byResource(changed.getGroup(), changed.getResource());
        if (kind == null || !kind.version().equals(changed.getVersion())) {
            // Of a newer build, of another version, or of a definition that compaction has moved behind it.
            kind = CustomKinds.unknown(
                    changed.getGroup(),
                    changed.getVersion(),
                    changed.getKind(),
                    changed.getResource(),
                    !changed.getNamespace().isEmpty());
        }
        StoredObject object = handedOver.remove(changed.getRevision());
        ResourceKey key =
                new ResourceKey(changed.getGroup(), changed.getResource(), changed.getNamespace(), changed.getName());
        if (object == null || !object.key().equals(key)) {
            object = StoredObject.ofText(
                    key, kind, changed.getUid(), changed.getRevision(), changed.getGeneration(), changed.getObject());
        }
        StoredObject previous = next.get(key);
        ResourceDelta.Change change = changed.getDeleted()
                ? ResourceDelta.Change.DELETED
                : previous == null ? ResourceDelta.Change.ADDED : ResourceDelta.Change.MODIFIED;
        ResourceDelta delta = new ResourceDelta(change, object, previous, received.timestamp(), changed.getUser());
        next = next.with(delta);
        batch.add(delta);
    }

    @Override
    public void onCaughtUp() {
        onBatchEnd();
        Instant complete = Instant.now().minus(COMPLETE);
        synchronized (lock) {
            while (!history.isEmpty() && history.getFirst().at().isBefore(complete)) {
                forgetOldest();
            }
        }
    }

    private void forgetOldest() {
        ResourceDelta oldest = history.removeFirst();
        historyCharacters -= oldest.object().raw().length();
        forgotten = oldest.revision();
    }

    @Override
    public void onBatchEnd() {
        List<CompletableFuture<ResourceImage>> due = new ArrayList<>();
        synchronized (lock) {
            image = next;
            if (!batch.isEmpty()) {
                List<ResourceDelta> changes = List.copyOf(batch);
                batch.clear();
                history.addAll(changes);
                changes.forEach(
                        change -> historyCharacters += change.object().raw().length());
                while (historyCharacters > HISTORY_CHARACTERS) {
                    forgetOldest();
                }
                deliver(changes);
            }
            delivered = image.revision();
            var reached = waiting.headMap(image.revision(), true);
            reached.values().forEach(due::addAll);
            reached.clear();
        }
        due.forEach(future -> future.complete(image));
    }

    @Override
    public void close() {
        log.close();
    }
}
