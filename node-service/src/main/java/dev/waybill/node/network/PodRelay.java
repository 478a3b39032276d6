package dev.waybill.node.network;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes pods' connections on the bridge's address and passes their bytes to the gateway and back: TLS and credentials are
 * between the pod and the gateway. Nobody but a pod of this node is let in (ADR 23). Thread-safe.
 */
public final class PodRelay implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodRelay.class);
    private static final int MOST_OF_ONE_POD = 256;
    private static final int MOST = 4_096;
    private static final int CONNECT_MILLIS = 5_000;
    private static final int BUFFER = 16 << 10;

    private final PodSubnet pods;
    private final int port;
    private final GatewayAddress gateway;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<InetAddress, Integer> byPod = new ConcurrentHashMap<>();
    private @Nullable ServerSocket listening;
    private String said = "";
    private boolean closed;

    public PodRelay(PodSubnet pods, int port, GatewayAddress gateway) {
        this.pods = pods;
        this.port = port;
        this.gateway = gateway;
    }

    public int port() {
        return port;
    }

    /** Listens if it does not yet; there is nothing to listen on before the bridge has its address. */
    public synchronized void listen() {
        if (closed || listening != null) {
            return;
        }
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            try {
                socket.bind(new InetSocketAddress(pods.bridge(), port), 128);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            listening = socket;
            Thread.ofPlatform().daemon().name("pod-relay").start(() -> accept(socket));
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(said)) {
                said = why;
                log.info("pods do not reach the API at {}:{} yet: {}", pods.bridge(), port, why);
            }
        }
    }

    private void accept(ServerSocket server) {
        try {
            while (true) {
                Socket pod = server.accept();
                if (open.size() >= MOST || !pods.isPods(pod.getInetAddress())) {
                    pod.close();
                } else {
                    Thread.ofVirtual().name("pod-relay").start(() -> admit(pod));
                }
            }
        } catch (IOException e) {
            log.debug("the relay to the gateway ended: {}", e.toString());
        }
    }

    private void admit(Socket pod) {
        InetAddress from = pod.getInetAddress();
        open.add(pod);
        int mine = byPod.merge(from, 1, Integer::sum);
        try (pod) {
            if (mine <= MOST_OF_ONE_POD) {
                relay(pod);
            }
        } catch (IOException e) {
            log.debug("a pod's connection to the gateway ended: {}", e.toString());
        } finally {
            open.remove(pod);
            byPod.computeIfPresent(from, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private void relay(Socket pod) throws IOException {
        try (Socket api = new Socket()) {
            api.connect(new InetSocketAddress(gateway.host(), gateway.port()), CONNECT_MILLIS);
            for (Socket socket : new Socket[] {pod, api}) {
                socket.setTcpNoDelay(true);
                socket.setKeepAlive(true);
            }
            Thread back = Thread.ofVirtual().name("pod-relay-back").start(() -> copy(api, pod));
            copy(pod, api);
            back.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until one side has said all; then the other is told so, and may still answer. */
    private static void copy(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            end(from);
            end(to);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("closing: {}", e.toString());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        try {
            if (listening != null) {
                listening.close();
            }
        } catch (IOException e) {
            log.debug("closing: {}", e.toString());
        }
        open.forEach(PodRelay::end);
    }
}
