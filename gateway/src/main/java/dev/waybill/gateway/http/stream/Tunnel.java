package dev.waybill.gateway.http.stream;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes bytes between a client and a node, whatever they mean, until either is gone: what comes from the client in the
 * container's threads, what comes from the node on a virtual thread.
 */
public final class Tunnel implements HttpUpgradeHandler, ReadListener {
    private static final Logger log = LoggerFactory.getLogger(Tunnel.class);
    private static final int BUFFER_BYTES = 32 << 10;

    private final byte[] fromClient = new byte[BUFFER_BYTES];
    private @Nullable Connection node;
    private @Nullable Tunnels tunnels;
    private @Nullable ServletInputStream clientIn;
    private @Nullable OutputStream nodeOut;

    /** The servlet container makes it; this says what with, before it begins. */
    void join(Connection connected, Tunnels all) {
        node = connected;
        tunnels = all;
    }

    @Override
    public void init(WebConnection client) {
        Connection connected = Objects.requireNonNull(node, "joined before");
        try {
            nodeOut = connected.output();
            clientIn = client.getInputStream();
            InputStream in = connected.input();
            ServletOutputStream out = client.getOutputStream();
            Thread.ofVirtual().name("tunnel").start(() -> toClient(in, out, client));
            clientIn.setReadListener(this);
        } catch (IOException e) {
            log.debug("a tunnel did not begin: {}", e.toString());
            closeNode();
        }
    }

    private void toClient(InputStream from, ServletOutputStream out, WebConnection client) {
        try {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                out.write(buffer, 0, count);
                out.flush();
            }
        } catch (IOException e) {
            log.debug("a tunnel ended: {}", e.toString());
        } finally {
            closeNode();
            closeClient(out, client);
        }
    }

    /**
     * In the container's thread: it looks whether a connection is closed only when something happens on it, and a client
     * that waits for its end after a WebSocket's closing handshake sends nothing more.
     */
    private static void closeClient(ServletOutputStream out, WebConnection client) {
        try {
            out.setWriteListener(new WriteListener() {
                @Override
                public void onWritePossible() {
                    close(client);
                }

                @Override
                public void onError(Throwable error) {
                    close(client);
                }
            });
        } catch (IllegalStateException e) {
            close(client); // it is closed, or about to be
        }
    }

    private static void close(WebConnection client) {
        try {
            client.close();
        } catch (Exception e) { // WebConnection closes with any
            log.debug("closing a tunnel: {}", e.toString());
        }
    }

    @Override
    public void onDataAvailable() throws IOException {
        ServletInputStream in = Objects.requireNonNull(clientIn);
        OutputStream out = Objects.requireNonNull(nodeOut);
        while (in.isReady()) {
            int count = in.read(fromClient);
            if (count < 0) {
                closeNode();
                return;
            }
            out.write(fromClient, 0, count);
            out.flush();
        }
    }

    @Override
    public void onAllDataRead() {
        closeNode();
    }

    @Override
    public void onError(Throwable error) {
        closeNode();
    }

    @Override
    public void destroy() {
        closeNode();
    }

    void closeNode() {
        Connection connected = node;
        if (connected != null) {
            try {
                connected.close();
            } catch (IOException e) {
                log.debug("closing a tunnel: {}", e.toString());
            }
        }
        if (tunnels != null) {
            tunnels.forget(this);
        }
    }
}
