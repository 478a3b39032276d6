package dev.waybill.node.stream.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.TerminalSize;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's end of a WebSocket against frames as a client writes them. */
@Timeout(60)
class WebSocketCommandStreamsTest {
    private static final CommandRequest TYPING = new CommandRequest(List.of("cat"), true, true, true, false);
    private static final byte[] MASK = {1, 2, 3, 4};

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();

    /** The example of RFC 6455, section 1.3. */
    @Test
    void theHandshakeIsAnswered() {
        assertThat(WebSocketConnection.accept("dGhlIHNhbXBsZSBub25jZQ==")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    @Test
    void fromV5OnAnInputCanEndBeforeTheConnection() throws Exception {
        frame(0x82, channel(0, "typed ".getBytes(StandardCharsets.UTF_8)));
        frame(0x82, channel(0, "text".getBytes(StandardCharsets.UTF_8)));
        frame(0x82, channel(255, new byte[] {0}));
        frame(0x82, channel(0, "after the end".getBytes(StandardCharsets.UTF_8)));
        try (WebSocketCommandStreams client = accept("v5.channel.k8s.io")) {
            assertThat(client.stdin().readAllBytes()).asString().isEqualTo("typed text");
        }
    }

    @Test
    void aMessageInPiecesIsOne() throws Exception {
        frame(0x02, channel(0, "one ".getBytes(StandardCharsets.UTF_8)));
        frame(0x89, "are you there".getBytes(StandardCharsets.UTF_8));
        frame(0x00, "two ".getBytes(StandardCharsets.UTF_8));
        frame(0x80, "three".getBytes(StandardCharsets.UTF_8));
        try (WebSocketCommandStreams client = accept("v4.channel.k8s.io")) {
            assertThat(client.stdin().readAllBytes()).asString().isEqualTo("one two three");
        }
        assertThat(received()).contains("10 are you there");
    }

    @Test
    void outputsAndStatusHaveChannels() throws Exception {
        try (WebSocketCommandStreams client = accept("v4.channel.k8s.io")) {
            client.stdout().write("out".getBytes(StandardCharsets.UTF_8));
            client.stderr().write("err".getBytes(StandardCharsets.UTF_8));
            client.finish(new CommandStatus.Success());
        }
        assertThat(received())
                .as("nothing goes to channels that a client does not read")
                .noneMatch(frame -> frame.startsWith("2 \u0000"))
                .containsSubsequence(
                        "2 \u0001out",
                        "2 \u0002err",
                        "2 \u0003{\"metadata\":{},\"status\":\"Success\"}",
                        "8 \u0003\u00e8");
    }

    @Test
    void base64IsText() throws Exception {
        frame(
                0x81,
                ("0" + Base64.getEncoder().encodeToString("typed".getBytes(StandardCharsets.UTF_8)))
                        .getBytes(StandardCharsets.US_ASCII));
        try (WebSocketCommandStreams client = accept("v4.base64.channel.k8s.io")) {
            assertThat(client.stdin().readAllBytes()).asString().isEqualTo("typed");
            client.stdout().write("out".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(received()).contains("1 1b3V0");
    }

    @Test
    void theTerminalsSizeIsTold() throws Exception {
        frame(0x82, channel(4, "{\"Width\":120,\"Height\":40}".getBytes(StandardCharsets.UTF_8)));
        frame(0x82, channel(4, "{\"Width\":-1,\"Height\":40}".getBytes(StandardCharsets.UTF_8)));
        CompletableFuture<TerminalSize> size = new CompletableFuture<>();
        try (WebSocketCommandStreams client = accept("v5.channel.k8s.io")) {
            client.onResize(size::complete);
            assertThat(size.get(10, TimeUnit.SECONDS)).isEqualTo(new TerminalSize(120, 40));
        }
    }

    /** A frame that is too large or not masked ends the connection, and with it the input. */
    @Test
    void framesThatBreakTheProtocolEndIt() throws Exception {
        sent.writeBytes(ByteBuffer.allocate(10)
                .put((byte) 0x82)
                .put((byte) 0xff)
                .putLong(1L << 40)
                .array());
        CompletableFuture<Void> gone = new CompletableFuture<>();
        try (WebSocketCommandStreams client = accept("v5.channel.k8s.io")) {
            client.onGone(() -> gone.complete(null));
            assertThat(client.stdin().readAllBytes()).isEmpty();
            gone.get(10, TimeUnit.SECONDS);
        }
        assertThat(received()).contains("8 \u0003\u00f1");
    }

    private WebSocketCommandStreams accept(String protocol) throws IOException {
        return WebSocketCommandStreams.accept(
                new WebSocketConnection(new ByteArrayInputStream(sent.toByteArray()), answers), protocol, TYPING);
    }

    private static byte[] channel(int number, byte[] content) {
        return ByteBuffer.allocate(1 + content.length)
                .put((byte) number)
                .put(content)
                .array();
    }

    private void frame(int head, byte[] payload) {
        byte[] masked = payload.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] ^= MASK[i & 3];
        }
        sent.writeBytes(ByteBuffer.allocate(6 + masked.length)
                .put((byte) head)
                .put((byte) (0x80 | masked.length))
                .put(MASK)
                .put(masked)
                .array());
    }

    /** What the server sent: operation and payload of each frame. */
    private List<String> received() throws IOException {
        List<String> frames = new ArrayList<>();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(answers.toByteArray()));
        while (in.available() > 0) {
            int operation = in.readUnsignedByte() & 0xf;
            int length = in.readUnsignedByte();
            int whole = length == 126 ? in.readUnsignedShort() : length;
            frames.add(operation + " " + new String(in.readNBytes(whole), StandardCharsets.ISO_8859_1));
        }
        return frames;
    }
}
