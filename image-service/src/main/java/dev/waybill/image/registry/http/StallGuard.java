package dev.waybill.image.registry.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends reads of a response body in which no byte arrives for too long; the JDK's request timeout ends with the
 * headers. Thread-safe; one thread of its own watches every stream.
 */
final class StallGuard implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StallGuard.class);

    private final long timeoutNanos;
    private final Duration timeout;
    private final Set<Guarded> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("registry-stall-guard").factory());

    StallGuard(Duration timeout) {
        this.timeout = timeout;
        this.timeoutNanos = timeout.toNanos();
        long every = Math.max(20, timeout.toMillis() / 4);
        var _ = watcher.scheduleWithFixedDelay(this::endStalled, every, every, TimeUnit.MILLISECONDS);
    }

    InputStream guard(InputStream body, String what) {
        Guarded guarded = new Guarded(body, what);
        open.add(guarded);
        return guarded;
    }

    private void endStalled() {
        long now = System.nanoTime();
        for (Guarded stream : open) {
            if (stream.reading && now - stream.since > timeoutNanos) {
                stream.stalled = true;
                try {
                    stream.close();
                } catch (IOException e) {
                    log.debug("closing a stalled body of {}", stream.what, e);
                }
            }
        }
    }

    @Override
    public void close() {
        watcher.shutdownNow();
    }

    private final class Guarded extends FilterInputStream {
        private final String what;
        private volatile long since;
        private volatile boolean reading;
        private volatile boolean stalled;

        Guarded(InputStream in, String what) {
            super(in);
            this.what = what;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            since = System.nanoTime();
            reading = true;
            try {
                int count = in.read(bytes, offset, length);
                if (stalled) {
                    throw new IOException("no byte arrived for " + timeout.toMillis() + " ms");
                }
                return count;
            } catch (IOException e) {
                if (stalled) {
                    throw new IOException(what + ": no byte arrived for " + timeout.toMillis() + " ms", e);
                }
                throw e;
            } finally {
                reading = false;
            }
        }

        @Override
        public void close() throws IOException {
            open.remove(this);
            super.close();
        }
    }
}
