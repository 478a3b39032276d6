package dev.waybill.gateway.http.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Extension;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket that the gateway sends on; what the client sends is passed over, but for its end. What is sent comes from
 * one virtual thread, the end is told on any.
 */
public final class OutgoingSocket extends Endpoint {
    private static final Logger log = LoggerFactory.getLogger(OutgoingSocket.class);

    /** What is sent. */
    public interface Source {
        /** Sends all there is on a thread of its own; the socket is closed afterwards. */
        void sendOn(OutgoingSocket socket) throws IOException;

        /** The client has gone, or the socket is closed: {@link #sendOn} is to return. Called by any thread. */
        void end();
    }

    private final Source source;
    private RemoteEndpoint.@Nullable Basic client;

    private OutgoingSocket(Source source) {
        this.source = source;
    }

    /**
     * Makes a request's connection a WebSocket; begins when the servlet returns. The source must not use the request.
     *
     * @param protocol the subprotocol that is agreed on; empty for none
     */
    public static void open(HttpServletRequest request, HttpServletResponse response, String protocol, Source source)
            throws IOException {
        ServerContainer container = (ServerContainer)
                Objects.requireNonNull(request.getServletContext().getAttribute(ServerContainer.class.getName()));
        ServerEndpointConfig config = ServerEndpointConfig.Builder.create(OutgoingSocket.class, "/")
                .configurator(new Agreement(protocol, new OutgoingSocket(source)))
                .build();
        try {
            container.upgradeHttpToWebSocket(request, response, config, Map.of());
        } catch (DeploymentException e) {
            throw new IOException("the connection cannot become a WebSocket", e);
        }
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        Thread.ofVirtual().name("websocket").start(() -> send(session));
    }

    private void send(Session session) {
        try (session) {
            client = session.getBasicRemote();
            client.setBatchingAllowed(true);
            source.sendOn(this);
            flush();
        } catch (IOException | RuntimeException e) {
            log.debug("a WebSocket ended: {}", e.toString());
        } finally {
            source.end();
        }
    }

    /** Sends a text message, perhaps with the next ones. */
    public void text(String message) throws IOException {
        Objects.requireNonNull(client).sendText(message);
    }

    /** Sends a binary message, perhaps with the next ones. */
    public void binary(byte[] message) throws IOException {
        Objects.requireNonNull(client).sendBinary(ByteBuffer.wrap(message));
    }

    /** Lets go of what was sent. */
    public void flush() throws IOException {
        Objects.requireNonNull(client).flushBatch();
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        source.end();
    }

    @Override
    public void onError(Session session, Throwable error) {
        log.debug("a WebSocket failed: {}", error.toString());
        source.end();
    }

    /** What is agreed on for one socket: its subprotocol, and no extension, for a compressor would be kept for each. */
    private static final class Agreement extends ServerEndpointConfig.Configurator {
        private final String protocol;
        private final OutgoingSocket socket;

        Agreement(String protocol, OutgoingSocket socket) {
            this.protocol = protocol;
            this.socket = socket;
        }

        @Override
        public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
            return protocol;
        }

        @Override
        public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
            return List.of();
        }

        /** From any page, as Kubernetes: it is the credential that counts. */
        @Override
        public boolean checkOrigin(String origin) {
            return true;
        }

        @Override
        public <T> T getEndpointInstance(Class<T> type) {
            return type.cast(socket);
        }
    }
}
