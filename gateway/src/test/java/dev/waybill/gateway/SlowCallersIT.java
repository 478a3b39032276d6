package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/** Callers that are slow or many: each is cut off in time or costs little, and nobody else notices. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowCallersIT {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final int IDLE_WATCHES = 2_000;
    private static final int HEAD_SECONDS = 4;
    private static final int REQUEST_SECONDS = 6;

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass(
            "--waybill.gateway.request-head-limit=" + HEAD_SECONDS + "s",
            "--waybill.gateway.request-timeout=" + REQUEST_SECONDS + "s");

    /** Whatever happened, the next caller is served at once. */
    @AfterEach
    void othersAreServed() throws Exception {
        long begin = System.nanoTime();
        assertThat(gateway.send("POST", MAPS, map("other-" + begin)).statusCode())
                .isEqualTo(201);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void slowCallersHoldUpNobody() throws Exception {
        try (RawConnections connections = new RawConnections(gateway)) {
            for (int i = 0; i < 300; i++) {
                SSLSocket socket = connections.open();
                String half = i % 2 == 0
                        ? "GET /api/v1/pods HTTP/1.1\r\nHost: loc"
                        : "POST " + MAPS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 1000\r\n\r\n{\"api";
                socket.getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
            }
            for (int i = 0; i < 20; i++) {
                othersAreServed();
            }
        }
    }

    @Test
    void aHeadThatComesByteByByteIsCutOff() throws Exception {
        try (RawConnections connections = new RawConnections(gateway)) {
            Duration took = untilCutOff(
                    connections.open(), "GET /api/v1/pods HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(200));
            assertThat(took).isBetween(Duration.ofSeconds(HEAD_SECONDS - 1), Duration.ofSeconds(HEAD_SECONDS + 4));
        }
    }

    @Test
    void aHandshakeThatComesByteByByteIsCutOff() throws Exception {
        try (Socket plain = new Socket(java.net.InetAddress.getLoopbackAddress(), gateway.port())) {
            Duration took =
                    untilCutOff(plain, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc" + "\u0003".repeat(200));
            assertThat(took).isBetween(Duration.ofSeconds(HEAD_SECONDS - 1), Duration.ofSeconds(HEAD_SECONDS + 4));
        }
    }

    @Test
    void aConnectionMayBeIdleForLongerThanAHeadMayTake() throws Exception {
        try (RawConnections connections = new RawConnections(gateway)) {
            SSLSocket socket = connections.open();
            for (int i = 0; i < 2; i++) {
                socket.getOutputStream()
                        .write("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                assertThat(RawConnections.line(socket.getInputStream())).contains("200");
                while (!RawConnections.line(socket.getInputStream()).strip().isEmpty()) {
                    // the rest of the head
                }
                assertThat(socket.getInputStream().readNBytes(3))
                        .asString(StandardCharsets.US_ASCII)
                        .contains("ok");
                Thread.sleep(Duration.ofSeconds(i == 0 ? HEAD_SECONDS + 2 : 0));
            }
        }
    }

    @Test
    void aReaderThatStopsReadingIsCutOffAndHoldsUpNobody() throws Exception {
        String value = "x".repeat(200_000);
        for (int i = 0; i < 30; i++) {
            gateway.send("POST", MAPS, map("big-" + i).replace("{}", "{\"k\":\"" + value + "\"}"));
        }
        try (RawConnections connections = new RawConnections(gateway)) {
            for (int i = 0; i < 20; i++) {
                SSLSocket socket = connections.open();
                String watch = i % 2 == 0 ? "?watch=true" : "";
                socket.getOutputStream()
                        .write(("GET " + MAPS + watch + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
            }
            for (int i = 0; i < 20; i++) {
                othersAreServed();
            }
        } finally {
            gateway.send("DELETE", MAPS + "?fieldSelector=metadata.name%21%3Dkube-root-ca.crt", "");
        }
    }

    @Test
    void aBodyThatComesByteByByteIsAnsweredAndCutOff() throws Exception {
        try (RawConnections connections = new RawConnections(gateway)) {
            SSLSocket socket = connections.open();
            RawConnections.write(socket, post(MAPS));
            Duration took = untilCutOff(socket, "{" + " ".repeat(200));
            assertThat(took)
                    .isBetween(Duration.ofSeconds(REQUEST_SECONDS - 1), Duration.ofSeconds(REQUEST_SECONDS + 4));
        }
    }

    @Test
    void aCallerMayGrantLessTime() throws Exception {
        try (RawConnections connections = new RawConnections(gateway)) {
            SSLSocket socket = connections.open();
            RawConnections.write(socket, post(MAPS + "?timeout=1500ms") + "{");
            Thread.sleep(Duration.ofSeconds(2));
            RawConnections.write(socket, " ");
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 504")
                    .contains("\"message\":\"Timeout: request did not complete within the allotted timeout\"")
                    .contains("\"reason\":\"Timeout\"");
        }
        HttpResponse<String> odd = gateway.send("POST", MAPS + "?timeout=soon", map("odd"));
        assertThat(odd.statusCode()).isEqualTo(400);
        assertThat(odd.body())
                .contains("invalid timeout specified in the request URL - time: invalid duration \\\"soon\\\"");
        assertThat(gateway.send("POST", MAPS + "?timeout=5s", map("granted")).statusCode())
                .isEqualTo(201);
    }

    /** client-go's reflectors look for this cause, and begin again with a list. */
    @Test
    void aRevisionThatIsNotThereYetIsWaitedForAWhile() throws Exception {
        HttpResponse<String> answer = gateway.send(
                gateway.request(MAPS + "?resourceVersion=1000000000").build());
        assertThat(answer.statusCode()).isEqualTo(504);
        var status = JsonMapper.shared().readTree(answer.body());
        assertThat(status.path("message").asString())
                .matches("Timeout: Too large resource version: 1000000000, current: \\d+");
        assertThat(status.at("/details/causes/0/reason").asString()).isEqualTo("ResourceVersionTooLarge");
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
    }

    @Test
    void thousandsOfIdleWatchesCostLittleAndEndTogether() throws Exception {
        List<SSLSocket> watches = new ArrayList<>();
        byte[] idle = "GET /api/v1/namespaces/kube-system/secrets?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        long before = used();
        try (RawConnections connections = new RawConnections(gateway)) {
            for (int i = 0; i < IDLE_WATCHES; i++) {
                SSLSocket socket = connections.open();
                watches.add(socket);
                socket.getOutputStream().write(idle);
                socket.getOutputStream().flush();
            }
            for (SSLSocket socket : watches) {
                assertThat(RawConnections.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 ");
            }
            for (int i = 0; i < 50; i++) {
                othersAreServed();
            }
            // Both ends of each connection are in this process.
            assertThat((used() - before) / IDLE_WATCHES).as("bytes a watch").isLessThan(300_000);
        }
    }

    /** How long a text of single bytes, three a second, is listened to. */
    private static Duration untilCutOff(Socket socket, String text) throws Exception {
        long begin = System.nanoTime();
        try {
            for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
                socket.getOutputStream().write(each);
                socket.getOutputStream().flush();
                Thread.sleep(Duration.ofMillis(300));
            }
        } catch (IOException e) {
            // cut off: the next byte finds nobody
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private static String post(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 1000\r\n\r\n";
    }

    private static long used() {
        System.gc();
        java.lang.Runtime runtime = java.lang.Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static String map(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"},\"data\":{}}";
    }
}
