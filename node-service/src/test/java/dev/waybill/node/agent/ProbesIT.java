package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.waybill.node.testing.HealthServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Probes of real containers: by command through the runtime, by HTTP, TCP and gRPC. */
@Timeout(600)
class ProbesIT extends ContainersOnANode {
    private final AtomicInteger code = new AtomicInteger(503);
    private HttpServer server;
    private int port;

    @BeforeEach
    void startServer() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean named = "shop".equals(exchange.getRequestHeaders().getFirst("Host"));
            exchange.sendResponseHeaders(named ? code.get() : 400, -1);
            exchange.close();
        });
        server.start();
        port = server.getAddress().getPort();
    }

    @AfterEach
    void endServer() {
        if (server != null) {
            server.stop(0);
        }
    }

    private void assign(String script, String probes) {
        bench.assign("web", "{}", """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "%s"], %s}""".formatted(script, probes));
    }

    @Test
    void aFileThatGoesAwayRestartsTheContainer() throws Exception {
        assign("echo 1 > /tmp/well; sleep 4; cat /tmp/well > /tmp/unwell; exec sleep 60", """
                "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "[ ! -e /tmp/unwell ] || { echo it is unwell >&2; sleep 99 & exit 1; }"]},
                  "periodSeconds": 1, "timeoutSeconds": 20, "failureThreshold": 2, "terminationGracePeriodSeconds": 1}""");
        bench.events().await("started", "web/c0");
        bench.events().await("status", "\"type\":\"Ready\",\"status\":\"True\"");
        assertThat(bench.events().await("unwell", "web/c0")).contains("liveness: it is unwell");
        bench.events().await("exited", "web/c0");
        bench.events().await("status", "\"restartCount\":1");
    }

    @Test
    void aCommandThatTakesTooLongIsNamed() throws Exception {
        assign("exec sleep 60", """
                "readinessProbe": {"exec": {"command": ["/bin/sleep", "30"]}, "periodSeconds": 1, "timeoutSeconds": 2}""");
        assertThat(bench.events().await("unwell", "web/c0"))
                .contains("readiness: command timed out: \"/bin/sleep 30\" timed out after 2s");
    }

    @Test
    void readyOnceHttpAnswersAndNotAfterwards() throws Exception {
        assign("exec sleep 60", """
                "readinessProbe": {"httpGet": {"host": "127.0.0.1", "port": %d, "path": "/health",
                  "httpHeaders": [{"name": "Host", "value": "shop"}]},
                  "periodSeconds": 1, "timeoutSeconds": 20, "failureThreshold": 1}""".formatted(port));
        assertThat(bench.events().await("unwell", "readiness")).contains("statuscode: 503");
        code.set(200);
        bench.events().await("status", "\"type\":\"Ready\",\"status\":\"True\"");
        bench.events().clear();
        code.set(500);
        bench.events().await("status", "ContainersNotReady", "\"restartCount\":0");
    }

    @Test
    void startedOnceAPortListens() throws Exception {
        assign("exec sleep 60", """
                "startupProbe": {"tcpSocket": {"host": "127.0.0.1", "port": %d}, "periodSeconds": 1, "timeoutSeconds": 20}""".formatted(port));
        bench.events().await("status", "\"started\":true");
    }

    /** A gRPC server of the pod's own, on its own network: started, ready, unready, and in the end restarted by its answers. */
    @Test
    void aGrpcServerInAPodSaysHowItIs() throws Exception {
        String java = "/host" + System.getProperty("java.home") + "/bin/java";
        String classes = Arrays.stream(
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .split(":", -1))
                .map(entry -> "/host" + entry)
                .collect(Collectors.joining(":"));
        String probe = """
                {"grpc": {"port": 9000, "service": "shop.Basket"}, "periodSeconds": 1, "timeoutSeconds": 20,
                 "terminationGracePeriodSeconds": 1, "failureThreshold": %d}""";
        bench.assignPod("web", """
                {"terminationGracePeriodSeconds": 1,
                 "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
                 "containers": [{"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "env": [{"name": "LD_LIBRARY_PATH", "value": "/host/usr/lib/x86_64-linux-gnu"}],
                   "command": ["%s", "-Xmx64m", "-cp", "%s", "%s", "9000", "/tmp/unwell"],
                   "volumeMounts": [{"name": "host", "mountPath": "/host", "readOnly": true}],
                   "startupProbe": %s, "readinessProbe": %s, "livenessProbe": %s}]}""".formatted(
                java,
                classes,
                HealthServer.class.getName(),
                probe.replace("\"terminationGracePeriodSeconds\": 1,", "").formatted(60),
                probe.replace("\"terminationGracePeriodSeconds\": 1,", "").formatted(1),
                probe.formatted(4)));
        bench.events().await("unwell", "web/c0", "startup: error: failed to connect service at");
        bench.events().await("status", "\"type\":\"Ready\",\"status\":\"True\"");
        bench.events().clear();
        bench.run("web", "c0", "/bin/sh", "-c", "echo > /tmp/unwell");
        assertThat(bench.events().await("unwell", "web/c0", "readiness"))
                .contains("service unhealthy (responded with \"NOT_SERVING\")");
        bench.events().await("status", "ContainersNotReady", "\"restartCount\":0");
        bench.events().await("unwell", "web/c0", "liveness");
        bench.events().await("exited", "web/c0");
        bench.events().clear();
        bench.events().await("status", "\"restartCount\":1", "\"type\":\"Ready\",\"status\":\"True\"");
    }
}
