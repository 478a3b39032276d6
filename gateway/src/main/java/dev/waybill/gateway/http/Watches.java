package dev.waybill.gateway.http;

import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceDelta.Change;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.gateway.state.kafka.RevisionGoneException;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * WATCH: a stream of changes from a revision, filtered as the list is. A caller that reads too slowly is cut off with
 * 410 and starts again; nobody else notices. Thread-safe; each watch runs on the thread that serves it.
 */
final class Watches {
    private static final int BUFFERED_BATCHES = 1_000;
    private static final Duration BOOKMARK_EVERY = Duration.ofSeconds(30);
    private static final long LONGEST_SECONDS = 3_600;

    private final ResourceTail tail;
    private final ObjectWriter writer;
    private final Reads reads;
    private final WatchLines lines = new WatchLines();
    private final Set<BlockingQueue<List<ResourceDelta>>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean ending;

    Watches(ResourceTail tail, ObjectWriter writer, Reads reads) {
        this.tail = tail;
        this.writer = writer;
        this.reads = reads;
    }

    void watch(ApiCall call) throws IOException {
        if ("websocket".equalsIgnoreCase(call.request().getHeader("Upgrade"))) {
            // A client that tries this first waits for ever for the end of any other answer, then asks without.
            throw ApiException.of(503, "ServiceUnavailable", "watches are not served over WebSockets");
        }
        ListOptions.checkWatch(call);
        ObjectFilter filter = Reads.filter(call);
        String from = call.query("resourceVersion");
        boolean listFirst = call.flag("sendInitialEvents") || from.isEmpty() || from.equals("0");
        @Nullable ResourceImage image = null;
        if (listFirst) {
            image = from.equals("0") ? tail.image() : reads.newest(call.deadline());
        }
        long revision = image == null ? Reads.revision(from) : image.revision();

        BlockingQueue<List<ResourceDelta>> queue = new ArrayBlockingQueue<>(BUFFERED_BATCHES);
        open.add(queue);
        AtomicBoolean overrun = new AtomicBoolean();
        ResourceTail.Type type =
                new ResourceTail.Type(call.kind().storageGroup(), call.kind().plural());
        try (ResourceTail.Subscription _ = tail.subscribe(revision, type, batch -> {
            if (!queue.offer(batch)) {
                overrun.set(true);
            }
        })) {
            Stream stream = new Stream(call, filter, revision);
            stream.open();
            if (image != null) {
                for (StoredObject object : Reads.candidates(image, call, filter)) {
                    if (filter.matches(object)) {
                        stream.initial(object);
                    }
                }
                if (call.flag("sendInitialEvents")) {
                    stream.bookmark(true);
                }
                stream.flush();
            }
            follow(stream, queue, overrun);
        } catch (RevisionGoneException e) {
            gone(call, e);
        } finally {
            open.remove(queue);
        }
    }

    /** Ends every watch, as a timeout would: clients come back to another instance. */
    void endAll() {
        ending = true;
        open.forEach(queue -> queue.offer(List.of()));
    }

    private void follow(Stream stream, BlockingQueue<List<ResourceDelta>> queue, AtomicBoolean overrun)
            throws IOException {
        long now = System.nanoTime();
        long end = now + TimeUnit.SECONDS.toNanos(seconds(stream.call));
        long nextBookmark = now + BOOKMARK_EVERY.toNanos();
        boolean bookmarks = stream.call.flag("allowWatchBookmarks");
        while (now < end && !ending) {
            List<ResourceDelta> batch;
            try {
                batch = queue.poll(Math.min(end, nextBookmark) - now, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            long told = tail.delivered(); // before the queue is emptied, so that nothing up to it can be missing
            for (; batch != null; batch = queue.poll()) {
                stream.deltas(batch);
            }
            stream.reached(told);
            if (overrun.get()) {
                stream.error(Statuses.failure(410, "Expired", "the watch fell too far behind; list and watch again"));
                return;
            }
            now = System.nanoTime();
            if (now >= nextBookmark) {
                if (bookmarks) {
                    stream.bookmark(false);
                }
                nextBookmark = now + BOOKMARK_EVERY.toNanos();
            }
            stream.flush();
        }
    }

    /** Spread, so that watches that began together do not all come back together. */
    private static long seconds(ApiCall call) {
        long asked = call.number("timeoutSeconds", 0);
        return asked > 0
                ? Math.min(asked, LONGEST_SECONDS)
                : ThreadLocalRandom.current().nextLong(LONGEST_SECONDS / 2, LONGEST_SECONDS);
    }

    private void gone(ApiCall call, RevisionGoneException gone) throws IOException {
        Stream stream = new Stream(call, Reads.filter(call), 0);
        stream.open();
        stream.error(Statuses.failure(410, "Expired", String.valueOf(gone.getMessage())));
    }

    /** The answer of one watch. */
    private final class Stream {
        final ApiCall call;
        private final ObjectFilter filter;
        private final ServletOutputStream out;
        private long revision;
        private boolean first = true;

        Stream(ApiCall call, ObjectFilter filter, long revision) throws IOException {
            this.call = call;
            this.filter = filter;
            this.revision = revision;
            this.out = call.response().getOutputStream();
        }

        void open() throws IOException {
            call.response().setStatus(200);
            call.response().setContentType("application/json");
            call.response().flushBuffer();
        }

        void deltas(List<ResourceDelta> batch) throws IOException {
            for (ResourceDelta delta : batch) {
                delta(delta);
                revision = delta.revision();
            }
        }

        /** Nothing that the caller would be told of happened up to there. */
        void reached(long told) {
            revision = Math.max(revision, told);
        }

        void initial(StoredObject object) throws IOException {
            out.write(WatchLines.of("ADDED", writer.watched(call, object, first)));
            first = false;
        }

        /** An object that starts to match is added for the caller, one that ceases to match is deleted. */
        private void delta(ResourceDelta delta) throws IOException {
            @Nullable StoredObject before = delta.previous();
            boolean matched = before != null && filter.matches(before);
            boolean matches = delta.change() != Change.DELETED && filter.matches(delta.object());
            if (matches) {
                event(matched ? "MODIFIED" : "ADDED", delta.object());
            } else if (matched) {
                event("DELETED", delta.object());
            }
        }

        void event(String type, StoredObject object) throws IOException {
            // A table's first line has its columns, what is sealed in the log is not kept open here, and defaults
            // change.
            boolean shared = call.negotiation().form() != Negotiation.Form.TABLE
                    && !SecretSealing.concerns(call.kind())
                    && !call.kind().rules().completesOnRead();
            out.write(
                    shared
                            ? lines.shared(call, type, object, () -> writer.watched(call, object, false))
                            : WatchLines.of(type, writer.watched(call, object, first)));
            first = false;
        }

        void bookmark(boolean initialEventsEnd) throws IOException {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("kind", call.kind().kind());
            object.put("apiVersion", call.kind().apiVersion());
            ObjectNode metadata = object.putObject("metadata");
            metadata.put("resourceVersion", Long.toString(revision));
            if (initialEventsEnd) {
                metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
            }
            out.write(WatchLines.of("BOOKMARK", object.toString()));
        }

        void error(ObjectNode status) throws IOException {
            out.write(WatchLines.of("ERROR", status.toString()));
            flush();
        }

        void flush() throws IOException {
            out.flush();
        }
    }
}
