package dev.waybill.node.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.PodView;
import dev.waybill.node.logs.ContainerLog;
import dev.waybill.node.logs.LogOptions;
import dev.waybill.node.pod.ContainerState;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * {@code /containerLogs/NAMESPACE/POD/CONTAINER} over mutual TLS, for the gateway alone. Each request has a virtual
 * thread of its own.
 */
@Component
final class LogServer implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(LogServer.class);
    private static final String CALLER = "CN=system:waybill:gateway";
    private static final String ROOT = "/containerLogs/";

    private final NodeSettings settings;
    private final NodeAgent agent;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile @Nullable HttpsServer server;
    private volatile boolean running;

    LogServer(NodeSettings settings, NodeAgent agent) {
        this.settings = settings;
        this.agent = agent;
    }

    @Override
    public void start() {
        running = true;
        Thread.ofPlatform().daemon().name("log-server").start(this::open);
    }

    /** The gateway makes the certificates at its first start, which may be later than this one. */
    private void open() {
        boolean said = false;
        try {
            while (running && !Files.exists(settings.pkiDirectory().resolve("node.key"))) {
                if (!said) {
                    log.info("container logs are served once {} has certificates", settings.pkiDirectory());
                    said = true;
                }
                Thread.sleep(500);
            }
            if (running) {
                server = listen(NodeTls.context(settings.pkiDirectory()));
            }
        } catch (IOException | GeneralSecurityException e) {
            log.error("container logs cannot be served on port {}: {}", settings.port(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpsServer listen(SSLContext tls) throws IOException {
        HttpsServer opened = HttpsServer.create(new InetSocketAddress(settings.address(), settings.port()), 0);
        opened.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters all = tls.getDefaultSSLParameters();
                all.setNeedClientAuth(true);
                parameters.setSSLParameters(all);
            }
        });
        opened.createContext(ROOT, this::serve);
        opened.setExecutor(threads);
        opened.start();
        return opened;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!(exchange instanceof HttpsExchange https)
                    || !https.getSSLSession().getPeerPrincipal().getName().contains(CALLER)) {
                answer(exchange, 403, "only the gateway may read logs here");
                return;
            }
            String path = exchange.getRequestURI().getPath();
            List<String> parts = List.of(path.substring(ROOT.length()).split("/", -1));
            if (parts.size() != 3) {
                answer(exchange, 404, "not " + ROOT + "NAMESPACE/POD/CONTAINER: " + path);
                return;
            }
            try {
                LogOptions options =
                        LogOptions.parse(query(exchange.getRequestURI().getRawQuery()), Instant.now());
                Optional<PodView> pod = agent.find(parts.get(0), parts.get(1));
                if (pod.isEmpty()) {
                    answer(exchange, 404, "pod \"" + parts.get(1) + "\" is not on node " + settings.name());
                } else {
                    copy(exchange, pod.get(), parts.get(2), options);
                }
            } catch (IllegalArgumentException e) {
                answer(exchange, 400, String.valueOf(e.getMessage()));
            }
        }
    }

    private void copy(HttpExchange exchange, PodView pod, String container, LogOptions options) throws IOException {
        ContainerState state = pod.state().container(container);
        boolean waiting =
                state.phase() == ContainerState.Phase.WAITING || state.phase() == ContainerState.Phase.STARTING;
        // While the next start is waited for, the last one is what there is to read.
        int attempt = state.attempt() - (options.previous() || (waiting && state.attempt() > 0) ? 1 : 0);
        Path file = pod.log(container, attempt);
        if (options.previous() && (attempt < 0 || !Files.exists(file))) {
            answer(
                    exchange,
                    400,
                    "previous terminated container \"" + container + "\" in pod \""
                            + pod.pod().name() + "\" not found");
            return;
        }
        if (!Files.exists(file)) {
            answer(
                    exchange,
                    400,
                    "container \"" + container + "\" in pod \"" + pod.pod().name() + "\" is waiting to start: "
                            + state.waitingReason());
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            ContainerLog.copy(file, options, () -> live(pod, container, attempt), out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean live(PodView pod, String container, int attempt) {
        return running
                && agent.find(pod.pod().namespace(), pod.pod().name())
                        .map(now -> now.state().container(container))
                        .filter(state -> state.attempt() == attempt && state.phase() == ContainerState.Phase.RUNNING)
                        .isPresent();
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> query = new HashMap<>();
        for (String pair : Objects.requireNonNullElse(raw, "").split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void stop() {
        running = false;
        HttpsServer open = server;
        if (open != null) {
            open.stop(0);
        }
        threads.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
