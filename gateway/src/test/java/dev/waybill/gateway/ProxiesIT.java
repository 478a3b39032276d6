package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxies to programs that speak TLS and WebSockets, and to a node; the node only passes bytes. */
@Timeout(120)
class ProxiesIT {
    private static final String TOKEN = "static-token-of-olga";
    private static final String PODS = "/api/v1/namespaces/default/pods/";
    private static final String NODES = "/api/v1/nodes/";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;
    private static FakeNode node;
    private static HttpsServer secure;
    private static ServerSocket chat;
    private static final BlockingQueue<String> HEADS = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() throws Exception {
        Path tokens = Files.writeString(directory.resolve("tokens.csv"), TOKEN + ",olga,uid-7,\"system:masters\"\n");
        gateway = RunningGateway.start(directory, "--waybill.tokens.file=" + tokens);
        node = new FakeNode(gateway.certificates());
        secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(gateway.certificates().clientContext("server")));
        secure.createContext("/", exchange -> {
            byte[] said = ("secure " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                            + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, said.length);
            exchange.getResponseBody().write(said);
            exchange.close();
        });
        secure.start();
        chat = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(ProxiesIT::chats);
        gateway.send("POST", "/api/v1/nodes", """
                {"metadata":{"name":"n1"},"status":{"allocatable":{"cpu":"4","memory":"4Gi","pods":"10"},
                 "addresses":[{"type":"InternalIP","address":"127.0.0.1"}],
                 "daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}""".formatted(node.port()));
        gateway.send("POST", "/api/v1/namespaces/default/pods", """
                {"metadata":{"name":"box"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        HttpResponse<String> status = gateway.send(gateway.request(NODES + "n1/status")
                .header("Content-Type", "application/merge-patch+json")
                .method(
                        "PATCH",
                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"127.0.0.1\"}],"
                                        + "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":" + node.port()
                                        + "}}}}"))
                .build());
        assertThat(status.statusCode()).as(status.body()).isEqualTo(200);
    }

    @AfterAll
    static void stop() throws Exception {
        chat.close();
        secure.stop(0);
        node.close();
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kubectl", "kubectl-1.20"})
    void tlsIsSpokenToWhoSpeaksIt(String program) throws Exception {
        Kubectl kubectl = kubectl(program);
        int port = secure.getAddress().getPort();
        assertThat(kubectl.run("get", "--raw", PODS + "https:box:" + port + "/proxy/a/b?c=d"))
                .startsWith("secure GET /a/b?c=d ");
        assertThat(kubectl.attempt("", "get", "--raw", PODS + "ftp:box:" + port + "/proxy/")
                        .output())
                .contains("it is [http:|https:]NAME[:PORT]");
        HttpResponse<String> posted = gateway.send("POST", PODS + "https:box:" + port + "/proxy/x", "a body");
        assertThat(posted.body()).isEqualTo("secure POST /x a body");
    }

    @Test
    void whatDoesNotSpeakTlsIsSaidNotTo() throws Exception {
        HttpResponse<String> response = gateway.send("GET", PODS + "https:box:" + chat.getLocalPort() + "/proxy/x", "");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).contains("error trying to reach service: ");
    }

    @Test
    void aWebSocketGoesThroughBothWays() throws Exception {
        HEADS.clear();
        Page page = new Page();
        String token = "base64url.bearer.authorization.k8s.io."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(TOKEN.getBytes(StandardCharsets.UTF_8));
        WebSocket socket = gateway.nobody()
                .newWebSocketBuilder()
                .subprotocols(token, "talk")
                .buildAsync(address("box:" + chat.getLocalPort(), "/room?who=me"), page)
                .join();
        assertThat(socket.getSubprotocol()).isEqualTo("talk");
        for (String text : new String[] {"hello", "x".repeat(3_000), "bye"}) {
            socket.sendText(text, true).join();
            assertThat(page.texts.poll(20, TimeUnit.SECONDS)).isEqualTo(text);
        }
        String head = Objects.requireNonNull(HEADS.poll(20, TimeUnit.SECONDS));
        assertThat(head)
                .startsWith("GET /room?who=me HTTP/1.1\r\n")
                .contains("Upgrade: websocket\r\n")
                .contains("Sec-WebSocket-Protocol: talk\r\n")
                .doesNotContain("bearer");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(page.closed.poll(20, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void aWebSocketThatIsNotAgreedOnIsAnAnswer() {
        WebSocketHandshakeException refused = (WebSocketHandshakeException) catchThrowableOfType(
                        CompletionException.class,
                        () -> gateway.admin()
                                .newWebSocketBuilder()
                                .buildAsync(
                                        address(
                                                "https:box:"
                                                        + secure.getAddress().getPort(),
                                                "/room"),
                                        new Page())
                                .join())
                .getCause();
        assertThat(refused.getResponse().statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "200, n1/proxy/pods, /pods",
        "200, n1/proxy/stats/summary?x=y, /stats/summary?x=y",
        "200, n1/proxy/containerLogs/default/box/c?tailLines=1, /containerLogs/default/box/c?tailLines=1",
        "200, https:n1:PORT/proxy/healthz, /healthz",
        "200, n1:PORT/proxy/metrics/resource, /metrics/resource",
        "400, n1:22/proxy/healthz, with the port of the node's own server",
        "400, http:n1:PORT/proxy/healthz, with the port of the node's own server",
        "403, n1/proxy/exec/default/box/c?command=id, /exec of a node is not to be had through nodes/proxy",
        "403, n1/proxy//%65xec/default/box/c, /exec of a node is not to be had",
        "403, n1/proxy/portForward/default/box, is not to be had",
        "404, n2/proxy/healthz, nodes \\\"n2\\\" not found",
    })
    void aNodeSaysWhatItIsLike(int code, String path, String text) throws Exception {
        HttpResponse<String> response =
                gateway.send("GET", NODES + path.replace("PORT", Integer.toString(node.port())), "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        assertThat(response.body()).contains(text);
    }

    private static URI address(String target, String path) {
        return URI.create("wss://127.0.0.1:" + gateway.port() + PODS + target + "/proxy" + path);
    }

    private static Kubectl kubectl(String program) {
        Kubectl kubectl = Kubectl.find(program, directory, gateway.kubeconfig()).orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no " + program);
        return kubectl;
    }

    private static void chats() {
        try {
            while (true) {
                Socket socket = chat.accept();
                Thread.ofVirtual().start(() -> talk(socket));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    /** A server that says everything back. */
    private static void talk(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            String head = FakeNode.head(in);
            HEADS.add(head);
            String key = head.replaceAll("(?s).*(?i:sec-websocket-key): ([^\r]*).*", "$1");
            byte[] accept = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    + "Sec-WebSocket-Protocol: talk\r\nSec-WebSocket-Accept: "
                                    + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            while (true) {
                int first = in.readUnsignedByte();
                int length = in.readUnsignedByte() & 0x7f;
                boolean longer = length == 126;
                length = longer ? in.readUnsignedShort() : length;
                byte[] mask = in.readNBytes(4);
                byte[] bytes = in.readNBytes(length);
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] ^= mask[i & 3];
                }
                var frame = java.nio.ByteBuffer.allocate(length + 4).put((byte) first);
                if (longer) {
                    frame.put((byte) 126).putShort((short) length);
                } else {
                    frame.put((byte) length);
                }
                frame.put(bytes);
                socket.getOutputStream().write(frame.array(), 0, frame.position());
            }
        } catch (IOException | java.security.NoSuchAlgorithmException e) {
            // The client is gone.
        }
    }

    /** What a browser's program gets. */
    private static final class Page implements WebSocket.Listener {
        final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                texts.add(text.toString());
                text.setLength(0);
            }
            return WebSocket.Listener.super.onText(socket, data, last);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.add(code);
            return WebSocket.Listener.super.onClose(socket, code, reason);
        }
    }
}
