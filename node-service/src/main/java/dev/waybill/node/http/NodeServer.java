package dev.waybill.node.http;

import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeAgent;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * {@code /containerLogs}, {@code /exec}, {@code /attach}, {@code /portForward} and what a node says of itself, over mutual
 * TLS, for the gateway alone: one request a connection, each on a virtual thread. A socket loop of its own, since the streams need connections that
 * change their protocol, which the JDK's HTTP server has not (ADR 18).
 */
@Component
final class NodeServer implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(NodeServer.class);
    /** The whole subject: the cluster's authority signs for other clients too. */
    private static final String CALLER = "CN=system:waybill:gateway,O=system:waybill";

    private static final int HEAD_TIMEOUT_MILLIS = 10_000;
    private static final int MOST_CONNECTIONS = 1_000;

    private final NodeSettings settings;
    private final LogRequests logs;
    private final StreamRequests streams;
    private final InfoRequests infos;
    private final Set<SSLSocket> connections = ConcurrentHashMap.newKeySet();
    private volatile @Nullable SSLServerSocket listening;
    private volatile boolean running;

    NodeServer(NodeSettings settings, NodeAgent agent) {
        this.settings = settings;
        this.logs = new LogRequests(agent, settings.name(), () -> running);
        this.streams = new StreamRequests(agent, settings.name());
        this.infos = new InfoRequests(agent, settings.name());
    }

    @Override
    public void start() {
        running = true;
        Thread.ofPlatform().daemon().name("node-server").start(this::open);
    }

    /** The gateway makes the certificates at its first start, which may be later than this one. */
    private void open() {
        boolean said = false;
        try {
            while (running && !Files.exists(settings.pkiDirectory().resolve("node.key"))) {
                if (!said) {
                    log.info("logs and streams are served once {} has certificates", settings.pkiDirectory());
                    said = true;
                }
                Thread.sleep(500);
            }
            if (running) {
                listen();
            }
        } catch (IOException | GeneralSecurityException e) {
            log.error("logs and streams cannot be served on port {}: {}", settings.port(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() throws IOException, GeneralSecurityException {
        InetAddress address = InetAddress.getByName(settings.address());
        try (SSLServerSocket server = (SSLServerSocket) NodeTls.context(settings.pkiDirectory())
                .getServerSocketFactory()
                .createServerSocket(settings.port(), 128, address)) {
            server.setNeedClientAuth(true);
            listening = server;
            while (running) {
                accept(server);
            }
        } catch (SocketException e) {
            if (running) {
                throw e;
            }
        }
    }

    private void accept(SSLServerSocket server) throws IOException {
        SSLSocket socket = (SSLSocket) server.accept();
        if (connections.size() >= MOST_CONNECTIONS) {
            socket.close();
            return;
        }
        connections.add(socket);
        Thread.ofVirtual().name("node-request").start(() -> serve(socket));
    }

    private void serve(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(HEAD_TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 32 << 10);
            Optional<RequestHead> head = RequestHead.read(in);
            socket.setSoTimeout(0);
            if (head.isPresent()) {
                route(new Exchange(head.get(), in, socket.getOutputStream()), socket);
            }
        } catch (IOException e) {
            log.debug("a connection ended: {}", e.toString());
        } catch (IllegalArgumentException e) {
            log.warn("a request cannot be read: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("a request failed", e);
        } finally {
            connections.remove(socket);
        }
    }

    private void route(Exchange exchange, SSLSocket socket) throws IOException, InterruptedException {
        if (!socket.getSession().getPeerPrincipal().getName().equals(CALLER)) {
            exchange.answer(403, "only the gateway may ask here");
            return;
        }
        try {
            switch (exchange.head().segments().getFirst()) {
                case "containerLogs" -> logs.serve(exchange);
                case "exec", "attach", "portForward" -> streams.serve(exchange);
                default -> infos.serve(exchange);
            }
        } catch (IllegalArgumentException e) {
            exchange.answer(400, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void stop() {
        running = false;
        try {
            SSLServerSocket open = listening;
            if (open != null) {
                open.close();
            }
            for (SSLSocket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            log.debug("closing: {}", e.toString());
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
