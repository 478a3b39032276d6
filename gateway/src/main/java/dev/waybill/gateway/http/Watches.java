package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.TokenSubprotocol;
import dev.waybill.gateway.conversion.ConversionFailedException;
import dev.waybill.gateway.http.websocket.OutgoingSocket;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceDelta.Change;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.gateway.state.kafka.RevisionGoneException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
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
 * 410 and starts again; nobody else notices. Over HTTP, or over a WebSocket, as browsers ask. Thread-safe; each watch
 * runs on the thread that serves it.
 */
public final class Watches {
    private static final int BUFFERED_BATCHES = 1_000;
    private static final Duration BOOKMARK_EVERY = Duration.ofSeconds(30);
    private static final long LONGEST_SECONDS = 3_600;

    private final ResourceTail tail;
    private final ObjectWriter writer;
    private final Reads reads;
    private final Conversions conversions;
    private final WatchLines lines = new WatchLines();
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean ending;

    Watches(ResourceTail tail, ObjectWriter writer, Reads reads, Conversions conversions) {
        this.tail = tail;
        this.writer = writer;
        this.reads = reads;
        this.conversions = conversions;
    }

    void watch(ApiCall call) throws IOException {
        ListOptions.checkWatch(call);
        ObjectFilter filter = Reads.filter(call);
        String from = call.query("resourceVersion");
        boolean listFirst = call.flag("sendInitialEvents") || from.isEmpty() || from.equals("0");
        @Nullable ResourceImage image = null;
        if (listFirst) {
            image = from.equals("0") ? tail.image() : reads.newest(call.deadline());
        }
        Stream stream = new Stream(call, filter, image == null ? Reads.revision(from) : image.revision(), image);
        if (TokenSubprotocol.isWebSocket(call.request())) {
            List<String> protocols = TokenSubprotocol.others(call.request());
            // As of Kubernetes: whatever its name, each message is the text of one event.
            OutgoingSocket.open(
                    call.request(), call.response(), protocols.isEmpty() ? "" : protocols.getFirst(), stream);
        } else {
            call.response().setStatus(200);
            call.response().setContentType("application/json");
            call.response().flushBuffer();
            stream.serve(new Body(call.response().getOutputStream()));
        }
    }

    /** How many are open. */
    public int count() {
        return open.size();
    }

    /** Ends every watch, as a timeout would: clients come back to another instance. */
    void endAll() {
        ending = true;
        open.forEach(Stream::wake);
    }

    /** Where the lines of a watch go. */
    private interface Outlet {
        void line(byte[] line) throws IOException;

        void flush() throws IOException;
    }

    /** Into the body of the answer. */
    private record Body(OutputStream out) implements Outlet {
        @Override
        public void line(byte[] line) throws IOException {
            out.write(line);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }

    /** Each a message. */
    private record Messages(OutgoingSocket socket) implements Outlet {
        @Override
        public void line(byte[] line) throws IOException {
            socket.text(new String(line, StandardCharsets.UTF_8));
        }

        @Override
        public void flush() throws IOException {
            socket.flush();
        }
    }

    /** Spread, so that watches that began together do not all come back together. */
    private static long seconds(ApiCall call) {
        long asked = call.number("timeoutSeconds", 0);
        return asked > 0
                ? Math.min(asked, LONGEST_SECONDS)
                : ThreadLocalRandom.current().nextLong(LONGEST_SECONDS / 2, LONGEST_SECONDS);
    }

    /** The answer of one watch. Served by one thread, ended by any. */
    private final class Stream implements OutgoingSocket.Source {
        private final ApiCall call;
        private final ObjectFilter filter;
        private final long nanos;
        private final BlockingQueue<List<ResourceDelta>> queue = new ArrayBlockingQueue<>(BUFFERED_BATCHES);
        private final AtomicBoolean overrun = new AtomicBoolean();
        private long revision;
        private @Nullable ResourceImage initial; // let go of once it is told: a watch may outlive much of it
        private boolean first = true;
        private volatile boolean ended;

        Stream(ApiCall call, ObjectFilter filter, long revision, @Nullable ResourceImage initial) {
            this.call = call;
            this.filter = filter;
            this.nanos = TimeUnit.SECONDS.toNanos(seconds(call));
            this.revision = revision;
            this.initial = initial;
        }

        @Override
        public void sendOn(OutgoingSocket socket) throws IOException {
            serve(new Messages(socket));
        }

        @Override
        public void end() {
            ended = true;
            wake();
        }

        void wake() {
            queue.offer(List.of());
        }

        void serve(Outlet out) throws IOException {
            open.add(this);
            ResourceTail.Type type = new ResourceTail.Type(
                    call.kind().storageGroup(), call.kind().plural());
            try (ResourceTail.Subscription _ = tail.subscribe(revision, type, batch -> {
                if (!queue.offer(batch)) {
                    overrun.set(true);
                }
            })) {
                tellInitial(out);
                follow(out);
            } catch (RevisionGoneException e) {
                error(out, Statuses.failure(410, "Expired", String.valueOf(e.getMessage())));
            } catch (ConversionFailedException e) {
                error(out, Statuses.unexplained(500, String.valueOf(e.getMessage())));
            } finally {
                open.remove(this);
            }
        }

        private void tellInitial(Outlet out) throws IOException {
            if (initial == null) {
                return;
            }
            for (StoredObject object : conversions.watched(call.kind(), Reads.candidates(initial, call, filter))) {
                if (filter.matches(object)) {
                    out.line(WatchLines.of("ADDED", writer.watched(call, object, first)));
                    first = false;
                }
            }
            initial = null;
            if (call.flag("sendInitialEvents")) {
                bookmark(out, true);
            }
            out.flush();
        }

        private void follow(Outlet out) throws IOException {
            long now = System.nanoTime();
            long end = now + nanos;
            long nextBookmark = now + BOOKMARK_EVERY.toNanos();
            boolean bookmarks = call.flag("allowWatchBookmarks");
            while (now < end && !ending && !ended) {
                List<ResourceDelta> batch;
                try {
                    batch = queue.poll(Math.min(end, nextBookmark) - now, TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
                long told = tail.delivered(); // before the queue is emptied, so that nothing up to it can be missing
                for (; batch != null; batch = queue.poll()) {
                    deltas(out, batch);
                }
                revision = Math.max(revision, told); // nothing that the caller would be told of happened up to there
                if (overrun.get()) {
                    error(out, Statuses.failure(410, "Expired", "the watch fell too far behind; list and watch again"));
                    return;
                }
                now = System.nanoTime();
                if (now >= nextBookmark) {
                    if (bookmarks) {
                        bookmark(out, false);
                    }
                    nextBookmark = now + BOOKMARK_EVERY.toNanos();
                }
                out.flush();
            }
        }

        private void deltas(Outlet out, List<ResourceDelta> batch) throws IOException {
            for (ResourceDelta delta : conversions.watchedChanges(call.kind(), batch, filter.looksInside())) {
                delta(out, delta);
                revision = delta.revision();
            }
        }

        /** An object that starts to match is added for the caller, one that ceases to match is deleted. */
        private void delta(Outlet out, ResourceDelta delta) throws IOException {
            @Nullable StoredObject before = delta.previous();
            boolean matched = before != null && filter.matches(before);
            boolean matches = delta.change() != Change.DELETED && filter.matches(delta.object());
            if (matches) {
                event(out, matched ? "MODIFIED" : "ADDED", delta.object());
            } else if (matched) {
                event(out, "DELETED", delta.object());
            }
        }

        private void event(Outlet out, String type, StoredObject object) throws IOException {
            // A table's first line has its columns, what is sealed in the log is not kept open here, and defaults
            // change.
            boolean shared = call.negotiation().form() != Negotiation.Form.TABLE
                    && !SecretSealing.concerns(call.kind())
                    && !call.kind().rules().completesOnRead();
            out.line(
                    shared
                            ? lines.shared(call, type, object, () -> writer.watched(call, object, false))
                            : WatchLines.of(type, writer.watched(call, object, first)));
            first = false;
        }

        private void bookmark(Outlet out, boolean initialEventsEnd) throws IOException {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("kind", call.kind().kind());
            object.put("apiVersion", call.kind().apiVersion());
            ObjectNode metadata = object.putObject("metadata");
            metadata.put("resourceVersion", Long.toString(revision));
            if (initialEventsEnd) {
                metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
            }
            out.line(WatchLines.of("BOOKMARK", object.toString()));
        }

        private static void error(Outlet out, ObjectNode status) throws IOException {
            out.line(WatchLines.of("ERROR", status.toString()));
            out.flush();
        }
    }
}
