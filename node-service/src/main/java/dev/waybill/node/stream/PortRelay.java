package dev.waybill.node.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One forwarded connection. One thread runs it, any may abort it. */
public final class PortRelay {
    private final PortDialer dialer;
    private final String pod;
    private final Client client;
    private @Nullable SocketChannel channel;
    private boolean aborted;

    /** What a client sends to a port and gets from there, and where it reads what went wrong. All are closed at the end. */
    public record Client(int port, InputStream in, OutputStream out, OutputStream error) {}

    public PortRelay(PortDialer dialer, String pod, Client client) {
        this.dialer = dialer;
        this.pod = pod;
        this.client = client;
    }

    /** Carries bytes both ways until the pod's end of the connection has ended. */
    public void run() {
        try (OutputStream error = client.error();
                OutputStream out = client.out();
                InputStream in = client.in()) {
            try (SocketChannel opened = dialer.dial(client.port())) {
                if (keep(opened)) {
                    Thread.ofVirtual().name("port-up").start(() -> send(in, opened));
                    Channels.newInputStream(opened).transferTo(out);
                }
            } catch (IOException e) {
                error.write(("error forwarding port " + client.port() + " to pod " + pod + ": " + e.getMessage())
                        .getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // The client is gone.
        }
    }

    private synchronized boolean keep(SocketChannel opened) {
        channel = opened;
        return !aborted;
    }

    /** The client is gone. */
    public synchronized void abort() {
        aborted = true;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // It was closed by the pod.
            }
        }
    }

    private static void send(InputStream in, SocketChannel channel) {
        try {
            byte[] buffer = new byte[32 << 10];
            OutputStream out = Channels.newOutputStream(channel);
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            // The pod's end is gone, which the other direction sees.
        }
    }
}
