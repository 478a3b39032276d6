package dev.waybill.gateway.http;

import java.time.Duration;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat's HTTP/1.1 with a limit on the time that a caller takes for a TLS handshake, or for a request line with its
 * headers: its own limit begins again with every byte. Whoever takes longer is cut off. Tomcat makes it by its name.
 */
public final class BoundedHeadProtocol extends Http11NioProtocol {
    private static final Logger log = LoggerFactory.getLogger(BoundedHeadProtocol.class);
    private static final Duration PACE = Duration.ofMillis(500);

    private volatile Duration limit = Duration.ofSeconds(20);
    private volatile @Nullable Thread watch;

    /** Since when handshakes go on that had not ended at the last look. */
    private final Map<Object, Long> handshakes = new WeakHashMap<>();

    void limitHeads(Duration longest) {
        limit = longest;
    }

    @Override
    public void start() throws Exception {
        super.start();
        watch = Thread.ofVirtual().name("request-heads").start(this::watch);
    }

    @Override
    public void stop() throws Exception {
        Thread running = watch;
        if (running != null) {
            running.interrupt();
            watch = null;
        }
        super.stop();
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(PACE);
                try {
                    cutOffWhoIsLate(System.nanoTime());
                } catch (RuntimeException e) { // the next look comes all the same
                    log.warn("connections could not be looked through", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void cutOffWhoIsLate(long now) {
        for (SocketWrapperBase<?> socket : getEndpoint().getConnections()) {
            if (isLate(socket, now)) {
                socket.close();
            }
        }
    }

    private boolean isLate(SocketWrapperBase<?> socket, long now) {
        if (socket.getSocket() instanceof NioChannel channel && !channel.isHandshakeComplete()) {
            return now - handshakes.computeIfAbsent(socket, begun -> now) > limit.toNanos();
        }
        // Between two reads a processor stays with its connection only in the middle of a head, unless the request is
        // answered later or has become something else.
        return socket.getCurrentProcessor() instanceof Processor processor
                && !processor.isAsync()
                && !processor.isUpgrade()
                && isLate(processor.getRequest(), now);
    }

    private boolean isLate(@Nullable Request request, long now) {
        return request != null
                && request.getStartTimeNanos() > 0
                && now - request.getStartTimeNanos() > limit.toNanos();
    }
}
