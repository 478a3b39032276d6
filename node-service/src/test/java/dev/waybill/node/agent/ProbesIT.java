package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.waybill.node.testing.NodeBench;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Probes of real containers: by command through the runtime, by HTTP and by TCP. */
@Timeout(120)
class ProbesIT {
    @TempDir
    Path directory;

    private final AtomicInteger code = new AtomicInteger(503);
    private NodeBench bench;
    private HttpServer server;
    private int port;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean named = "shop".equals(exchange.getRequestHeaders().getFirst("Host"));
            exchange.sendResponseHeaders(named ? code.get() : 400, -1);
            exchange.close();
        });
        server.start();
        port = server.getAddress().getPort();
        bench = new NodeBench(directory);
    }

    @AfterEach
    void end() {
        if (bench != null) {
            bench.close();
        }
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
                "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "[ ! -e /tmp/unwell ]"]},
                  "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 2, "terminationGracePeriodSeconds": 1}""");
        bench.events().await("started", "web/c0");
        bench.events().await("status", "\"type\":\"Ready\",\"status\":\"True\"");
        assertThat(bench.events().await("unwell", "web/c0")).contains("liveness: command ended with exit code 1");
        bench.events().await("exited", "web/c0");
        bench.events().await("status", "\"restartCount\":1");
    }

    @Test
    void readyOnceHttpAnswersAndNotAfterwards() throws Exception {
        assign("exec sleep 60", """
                "readinessProbe": {"httpGet": {"host": "127.0.0.1", "port": %d, "path": "/health",
                  "httpHeaders": [{"name": "Host", "value": "shop"}]},
                  "periodSeconds": 1, "failureThreshold": 1}""".formatted(port));
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
                "startupProbe": {"tcpSocket": {"host": "127.0.0.1", "port": %d}, "periodSeconds": 1}""".formatted(port));
        bench.events().await("status", "\"started\":true");
    }
}
