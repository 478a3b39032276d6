package dev.waybill.node.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.ProbeSpec;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/** The health service of a real gRPC server, and servers that are none. */
@Timeout(30)
class GrpcHealthTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final HealthStatusManager health = new HealthStatusManager();
    private Server server;

    @BeforeEach
    void start() throws Exception {
        server = loopback().addService(health.getHealthService()).build().start();
    }

    @AfterEach
    void stop() throws Exception {
        server.shutdownNow();
        server.awaitTermination();
    }

    private static NettyServerBuilder loopback() {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private String trouble(String service) {
        return GrpcHealth.check("127.0.0.1", server.getPort(), service, LIMIT).orElse("well");
    }

    @Test
    void aServerAndItsServicesSayHowTheyAre() {
        assertThat(trouble("")).isEqualTo("well");
        health.setStatus("shop.Basket", ServingStatus.SERVING);
        health.setStatus("a".repeat(300), ServingStatus.NOT_SERVING);
        assertThat(trouble("shop.Basket")).isEqualTo("well");
        assertThat(trouble("a".repeat(300))).isEqualTo("service unhealthy (responded with \"NOT_SERVING\")");
        assertThat(trouble("shop.Unknown")).contains("health rpc probe failed: code 5");
        health.enterTerminalState();
        assertThat(trouble("")).isEqualTo("service unhealthy (responded with \"NOT_SERVING\")");
    }

    @Test
    void aServerWithoutTheServiceSaysSo() throws Exception {
        Server bare = loopback().build().start();
        try {
            assertThat(GrpcHealth.check("127.0.0.1", bare.getPort(), "", LIMIT).orElse("well"))
                    .contains("this server does not implement the grpc health protocol")
                    .contains("Method not found: grpc.health.v1.Health/Check");
        } finally {
            bare.shutdownNow().awaitTermination();
        }
    }

    @Test
    void whoeverElseListensIsNotWell() throws Exception {
        int closed;
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            closed = silent.getLocalPort();
            assertThat(GrpcHealth.check("127.0.0.1", closed, "", Duration.ofMillis(300))
                            .orElse("well"))
                    .isEqualTo("timeout: health rpc did not complete within 300ms");
            Thread.ofVirtual().start(() -> {
                try {
                    silent.accept().close();
                } catch (java.io.IOException e) {
                    return;
                }
                try (Socket caller = silent.accept()) {
                    caller.getOutputStream().write("HTTP/1.1 400 Bad\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (java.io.IOException e) {
                    // the test has ended
                }
            });
            assertThat(GrpcHealth.check("127.0.0.1", closed, "", LIMIT).orElse("well"))
                    .startsWith("error: health rpc probe failed");
        }
        assertThat(GrpcHealth.check("127.0.0.1", closed, "", LIMIT).orElse("well"))
                .startsWith("error: failed to connect service at");
    }

    @Test
    void headersAreReadAsOthersWriteThem() throws Exception {
        // RFC 7541, C.6.1: with Huffman codes, and entries for a table that is not kept.
        byte[] block = java.util.HexFormat.of()
                .parseHex(
                        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9"
                                + "ae82ae43d3");
        assertThat(HeaderBlock.read(block))
                .containsEntry(":status", "302")
                .containsEntry("#33", "Mon, 21 Oct 2013 20:13:21 GMT")
                .containsEntry("#46", "https://www.example.com");
        assertThat(HeaderBlock.read(HeaderBlock.write(Map.of("grpc-status", "x".repeat(500)))))
                .containsEntry("grpc-status", "x".repeat(500));
    }

    @Test
    void theManifestNamesPortAndService() {
        var pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u", "name": "p"}, "spec": {"containers": [{"name": "c", "image": "i",
                  "livenessProbe": {"grpc": {"port": 9000, "service": "shop.Basket"}}}]}}"""));
        assertThat(pod.containers()
                        .getFirst()
                        .probes()
                        .get(ProbeSpec.Kind.LIVENESS)
                        .action())
                .isEqualTo(new ProbeSpec.Action.Grpc(9000, "shop.Basket"));
    }
}
