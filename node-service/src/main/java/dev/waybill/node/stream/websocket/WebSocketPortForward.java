package dev.waybill.node.stream.websocket;

import dev.waybill.node.stream.PortDialer;
import dev.waybill.node.stream.PortRelay;
import dev.waybill.node.stream.StreamBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Port-forward over channels: port i of the request has channels 2i (data) and 2i+1 (errors), one connection each. Used by
 * the thread that serves the connection.
 */
public final class WebSocketPortForward {
    /** What is spoken. */
    public static final List<String> PROTOCOLS =
            List.of("v4.channel.k8s.io", "v4.base64.channel.k8s.io", "portforward.k8s.io");

    private final WebSocketConnection connection;
    private final ChannelCodec channels;
    private final List<StreamBuffer> inputs = new ArrayList<>();

    private WebSocketPortForward(WebSocketConnection connection, String protocol) {
        this.connection = connection;
        this.channels = new ChannelCodec(connection, protocol);
    }

    /** Blocks until the client is gone or the pod has ended every connection. */
    public static void serve(
            WebSocketConnection connection, String protocol, List<Integer> ports, PortDialer dialer, String pod)
            throws IOException {
        new WebSocketPortForward(connection, protocol).serve(ports, dialer, pod);
    }

    private void serve(List<Integer> ports, PortDialer dialer, String pod) throws IOException {
        for (int i = 0; i < ports.size(); i++) {
            byte[] port = {(byte) (int) ports.get(i), (byte) (ports.get(i) >> 8)};
            channels.send(2 * i, port, 0, 2);
            channels.send(2 * i + 1, port, 0, 2);
            inputs.add(new StreamBuffer());
        }
        CountDownLatch open = new CountDownLatch(ports.size());
        List<PortRelay> relays = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            PortRelay.Client client = new PortRelay.Client(
                    ports.get(i), inputs.get(i), channels.output(2 * i), channels.output(2 * i + 1));
            PortRelay relay = new PortRelay(dialer, pod, client);
            relays.add(relay);
            Thread.ofVirtual().name("port-down").start(() -> {
                relay.run();
                open.countDown();
                if (open.getCount() == 0) {
                    closeQuietly();
                }
            });
        }
        try {
            receive();
        } finally {
            inputs.forEach(StreamBuffer::end);
            relays.forEach(PortRelay::abort);
        }
    }

    private void closeQuietly() {
        try {
            connection.close(1000);
        } catch (IOException e) {
            // The client was faster.
        }
    }

    private void receive() throws IOException {
        int channel = -1;
        for (Optional<WebSocketConnection.Piece> next = connection.next(); next.isPresent(); next = connection.next()) {
            byte[] bytes = next.get().bytes();
            byte[] content = bytes;
            if (next.get().first() && bytes.length > 0) {
                channel = channels.channel(bytes);
                content = channels.content(bytes);
            }
            boolean data = channel >= 0 && channel % 2 == 0 && channel / 2 < inputs.size();
            if (data) {
                inputs.get(channel / 2).put(content);
            }
        }
    }
}
