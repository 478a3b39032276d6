package dev.waybill.node.stream.spdy;

import dev.waybill.node.stream.PortDialer;
import dev.waybill.node.stream.PortRelay;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/**
 * Port-forward over SPDY ({@code portforward.k8s.io}): each forwarded connection is a pair of streams, {@code error} and
 * {@code data}, with the same request id. Used by the thread that serves the connection.
 */
public final class SpdyPortForward {
    public static final String PROTOCOL = "portforward.k8s.io";

    private final PortDialer dialer;
    private final String pod;
    private final SpdyConnection connection;
    private final Map<String, SpdyStream> halves = new HashMap<>();

    private SpdyPortForward(InputStream in, OutputStream out, PortDialer dialer, String pod) {
        this.dialer = dialer;
        this.pod = pod;
        this.connection = new SpdyConnection(in, out, this::opened);
    }

    /** Blocks until the client is gone. */
    public static void serve(InputStream in, OutputStream out, PortDialer dialer, String pod) throws IOException {
        SpdyPortForward forward = new SpdyPortForward(in, out, dialer, pod);
        try (SpdyConnection connection = forward.connection) {
            connection.serve();
        }
    }

    private void opened(SpdyStream stream) {
        String id = stream.header("requestid");
        if (id.isEmpty()) {
            // Clients older than request ids open the data stream right after its error stream.
            boolean data = stream.header("streamtype").equals("data");
            id = "stream-" + (data ? stream.id() - 2 : stream.id());
        }
        SpdyStream other = halves.remove(id);
        if (other == null) {
            halves.put(id, stream);
        } else if (stream.header("streamtype").equals("data")) {
            relay(stream, other);
        } else {
            relay(other, stream);
        }
    }

    private void relay(SpdyStream data, SpdyStream error) {
        int port = port(data.header("port"));
        PortRelay relay =
                new PortRelay(dialer, pod, new PortRelay.Client(port, data.input(), data.output(), error.output()));
        data.onGone(relay::abort);
        Thread.ofVirtual().name("port-down").start(() -> {
            try {
                relay.run();
            } finally {
                connection.forget(data);
                connection.forget(error);
            }
        });
    }

    private static int port(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
