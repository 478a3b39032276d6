package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Watches over WebSockets, as dashboards in browsers have them. */
@Timeout(600)
class WebSocketWatchesIT {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String TOKEN = "static-token-of-olga";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        Path tokens = Files.writeString(
                directory.resolve("tokens.csv"),
                TOKEN + ",olga,uid-7,\"system:masters\"\nstatic-token-of-otto,otto,uid-8,\"devs\"\n");
        gateway = RunningGateway.start(directory, "--waybill.tokens.file=" + tokens);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    /** What a browser's program gets. */
    private static final class Page implements WebSocket.Listener {
        final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add(JsonMapper.shared().readTree(text.toString()));
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.add(code);
            return null;
        }

        /** The next event as "TYPE name". */
        String next() throws InterruptedException {
            JsonNode event = events.poll(30, TimeUnit.SECONDS);
            assertThat(event).as("an event").isNotNull();
            return event.path("type").asString() + " "
                    + event.at("/object/metadata/name").asString("");
        }
    }

    private static WebSocket open(HttpClient client, String path, Page page, String... protocols) {
        WebSocket.Builder builder = client.newWebSocketBuilder().header("Origin", "https://dashboard.example.com");
        if (protocols.length > 0) {
            builder.subprotocols(
                    protocols[0],
                    List.of(protocols).subList(1, protocols.length).toArray(String[]::new));
        }
        return builder.buildAsync(URI.create("wss://127.0.0.1:" + gateway.port() + path), page)
                .join();
    }

    private static String token(String token) {
        return "base64url.bearer.authorization.k8s.io."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    private static int refused(String path, String... protocols) {
        CompletionException thrown = catchThrowableOfType(
                CompletionException.class, () -> open(gateway.nobody(), path, new Page(), protocols));
        assertThat(thrown).hasCauseInstanceOf(WebSocketHandshakeException.class);
        return ((WebSocketHandshakeException) thrown.getCause()).getResponse().statusCode();
    }

    private static void create(String name, String value) throws Exception {
        assertThat(gateway.send(
                                "POST",
                                MAPS,
                                "{\"metadata\":{\"name\":\"" + name + "\"},\"data\":{\"v\":\"" + value + "\"}}")
                        .statusCode())
                .isEqualTo(201);
    }

    /** The token comes as a subprotocol, the other one is agreed on; events are text all the same. */
    @Test
    void aBrowserFollowsWithItsTokenAsASubprotocol() throws Exception {
        create("seen", "ä".repeat(200_000));
        Page page = new Page();
        WebSocket socket = open(
                gateway.nobody(),
                MAPS + "?watch=1&fieldSelector=metadata.name%3Dseen",
                page,
                token(TOKEN),
                "base64.binary.k8s.io");
        assertThat(socket.getSubprotocol()).isEqualTo("base64.binary.k8s.io");
        assertThat(page.next()).isEqualTo("ADDED seen");
        create("unseen", "1");
        assertThat(gateway.send("PUT", MAPS + "/seen", "{\"metadata\":{\"name\":\"seen\"},\"data\":{\"v\":\"2\"}}")
                        .statusCode())
                .isEqualTo(200);
        JsonNode changed = page.events.poll(30, TimeUnit.SECONDS);
        assertThat(changed.path("type").asString()).isEqualTo("MODIFIED");
        assertThat(changed.at("/object/data/v").asString()).isEqualTo("2");
        gateway.send("DELETE", MAPS + "/seen", "");
        assertThat(page.next()).isEqualTo("DELETED seen");
        socket.abort();
    }

    /** From where a list ended, by client certificate and without a subprotocol, in any form. */
    @Test
    void aWatchGoesOnFromAListAndIsATableIfAsked() throws Exception {
        String from = gateway.get(MAPS).at("/metadata/resourceVersion").asString();
        create("row", "1");
        Page page = new Page();
        WebSocket socket = gateway.admin()
                .newWebSocketBuilder()
                .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
                .buildAsync(
                        URI.create("wss://127.0.0.1:" + gateway.port() + MAPS + "?watch=true&resourceVersion=" + from),
                        page)
                .join();
        assertThat(socket.getSubprotocol()).isEmpty();
        JsonNode event = page.events.poll(30, TimeUnit.SECONDS);
        assertThat(event.path("type").asString()).isEqualTo("ADDED");
        assertThat(event.at("/object/kind").asString()).isEqualTo("Table");
        assertThat(event.at("/object/rows/0/cells/0").asString()).isEqualTo("row");
        socket.abort();
    }

    @Test
    void aWatchIsClosedWhenItsTimeIsUp() throws Exception {
        Page page = new Page();
        open(
                gateway.admin(),
                MAPS + "?watch=1&timeoutSeconds=1&sendInitialEvents=true"
                        + "&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
                page);
        assertThat(page.closed.poll(30, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
        assertThat(page.events.stream()
                        .toList()
                        .getLast()
                        .at("/object/metadata/annotations/k8s.io~1initial-events-end"))
                .hasToString("\"true\"");
    }

    /** Whoever leaves, politely or not, leaves no watch behind. */
    @Test
    void aWatchEndsWithItsCaller() throws Exception {
        String path = "/api/v1/nodes?watch=1&resourceVersion="
                + gateway.get("/api/v1/nodes").at("/metadata/resourceVersion").asString();
        int before = gateway.watches();
        WebSocket polite = open(gateway.admin(), path, new Page());
        WebSocket other = open(gateway.admin(), path, new Page());
        awaitWatches(before + 2);
        polite.sendText("nobody listens", true).join();
        polite.sendPing(java.nio.ByteBuffer.allocate(1)).join();
        polite.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        awaitWatches(before + 1);
        other.abort();
        awaitWatches(before);
    }

    private static void awaitWatches(int count) throws InterruptedException {
        while (gateway.watches() != count) {
            Thread.sleep(Duration.ofMillis(20)); // the class's time limit ends a watch that stays
        }
    }

    @Test
    void refusalsAreAnswersAsToAnyRequest() {
        String watch = MAPS + "?watch=1";
        assertThat(refused(watch)).isEqualTo(401);
        assertThat(refused(watch, token(TOKEN))).as("nothing left to agree on").isEqualTo(401);
        assertThat(refused(watch, token("another"), "base64.binary.k8s.io")).isEqualTo(401);
        assertThat(refused(watch, token(TOKEN), token("another"), "base64.binary.k8s.io"))
                .isEqualTo(401);
        assertThat(refused(watch, token(TOKEN) + "~", "base64.binary.k8s.io")).isEqualTo(401);
        assertThat(refused(watch, token("static-token-of-otto"), "base64.binary.k8s.io"))
                .isEqualTo(403);
        assertThat(refused(watch + "&resourceVersion=x", token(TOKEN), "base64.binary.k8s.io"))
                .isEqualTo(400);
    }
}
