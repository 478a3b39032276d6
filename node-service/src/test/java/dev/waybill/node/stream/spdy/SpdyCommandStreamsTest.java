package dev.waybill.node.stream.spdy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.StreamBuffer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.Adler32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's end of SPDY against frames as a client writes them. */
@Timeout(60)
class SpdyCommandStreamsTest {
    private static final CommandRequest OUTPUT = new CommandRequest(List.of("ls"), false, true, true, false);

    private final Deflater deflater = new Deflater();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    SpdyCommandStreamsTest() {
        deflater.setDictionary(SpdyDictionary.bytes());
    }

    @Test
    void theDictionaryIsThatOfTheProtocol() {
        Adler32 checksum = new Adler32();
        checksum.update(SpdyDictionary.bytes());
        assertThat(Long.toHexString(checksum.getValue())).isEqualTo("e3c6a7c2");
    }

    @Test
    void streamsAreAnsweredAndCarryWhatTheCommandWrites() throws Exception {
        open(1, "error");
        open(3, "stdout");
        open(5, "stderr");
        // A client that goes once it has all three ends.
        StreamBuffer input = new StreamBuffer();
        input.put(sent.toByteArray());
        ByteArrayOutputStream answers = new ByteArrayOutputStream() {
            private int ends;

            @Override
            public synchronized void write(byte[] frame, int offset, int length) {
                super.write(frame, offset, length);
                ends += frame[0] >= 0 && frame[4] == 1 ? 1 : 0;
                if (ends == 3) {
                    input.end();
                }
            }
        };
        try (SpdyCommandStreams client = SpdyCommandStreams.accept(input, answers, "v4.channel.k8s.io", OUTPUT)) {
            client.stdout().write("out".getBytes(StandardCharsets.UTF_8));
            client.stderr().write("err".getBytes(StandardCharsets.UTF_8));
            client.finish(new CommandStatus.ExitCode(3));
        }
        assertThat(frames(answers))
                .containsSubsequence("SYN_REPLY 1", "SYN_REPLY 3", "SYN_REPLY 5", "DATA 3 out", "DATA 5 err")
                .anyMatch(frame -> frame.startsWith("DATA 1 {") && frame.contains("NonZeroExitCode"))
                .contains("FIN 1", "FIN 3", "FIN 5");
    }

    @Test
    void whatTheClientTypesArrivesUntilItsEnd() throws Exception {
        open(1, "error");
        open(3, "stdin");
        data(3, 0, "typed ");
        ping(77);
        data(3, 1, "text");
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        try (SpdyCommandStreams client =
                accept(answers, new CommandRequest(List.of("cat"), true, false, false, false))) {
            assertThat(client.stdin().readAllBytes()).asString().isEqualTo("typed text");
        }
        assertThat(frames(answers)).contains("PING 77");
    }

    @Test
    void aClientThatOpensTooLittleIsToldFrom() throws Exception {
        open(1, "error");
        assertThatThrownBy(() -> accept(new ByteArrayOutputStream(), OUTPUT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the client opened [error] of [error, stderr, stdout]");
    }

    @Test
    void headersThatUnpackToAFloodEndTheConnection() throws Exception {
        byte[] flood = new byte[8 << 20];
        byte[] block = deflate(flood);
        synStream(1, block);
        assertThatThrownBy(() -> accept(new ByteArrayOutputStream(), OUTPUT)).isInstanceOf(IOException.class);
    }

    @Test
    void nonsenseEndsTheConnection() {
        sent.writeBytes(
                "GET / HTTP/1.1\r\nno frames at all, just text that goes on".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> accept(new ByteArrayOutputStream(), OUTPUT)).isInstanceOf(IOException.class);
    }

    private SpdyCommandStreams accept(ByteArrayOutputStream answers, CommandRequest request) throws Exception {
        return SpdyCommandStreams.accept(
                new ByteArrayInputStream(sent.toByteArray()), answers, "v4.channel.k8s.io", request);
    }

    private void open(int id, String type) throws IOException {
        Map<String, String> headers = Map.of("streamtype", type);
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        plain.writeBytes(ByteBuffer.allocate(4).putInt(headers.size()).array());
        headers.forEach((name, value) -> {
            for (String text : List.of(name, value)) {
                plain.writeBytes(ByteBuffer.allocate(4).putInt(text.length()).array());
                plain.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        });
        synStream(id, deflate(plain.toByteArray()));
    }

    private byte[] deflate(byte[] plain) {
        deflater.setInput(plain);
        byte[] buffer = new byte[plain.length + 1000];
        int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        return Arrays.copyOf(buffer, length);
    }

    private void synStream(int id, byte[] block) {
        sent.writeBytes(ByteBuffer.allocate(18 + block.length)
                .putInt(0x80030001)
                .putInt(10 + block.length)
                .putInt(id)
                .putInt(0)
                .putShort((short) 0)
                .put(block)
                .array());
    }

    private void data(int id, int flags, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sent.writeBytes(ByteBuffer.allocate(8 + bytes.length)
                .putInt(id)
                .putInt(flags << 24 | bytes.length)
                .put(bytes)
                .array());
    }

    private void ping(int id) {
        sent.writeBytes(
                ByteBuffer.allocate(12).putInt(0x80030006).putInt(4).putInt(id).array());
    }

    /** What the server sent, a line for each frame. */
    private static List<String> frames(ByteArrayOutputStream answers) throws IOException {
        List<String> frames = new ArrayList<>();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(answers.toByteArray()));
        while (in.available() > 0) {
            int first = in.readInt();
            int second = in.readInt();
            byte[] body = in.readNBytes(second & 0xffffff);
            if (first >= 0) {
                boolean last = second >>> 24 == 1;
                frames.add(last ? "FIN " + first : "DATA " + first + " " + new String(body, StandardCharsets.UTF_8));
            } else {
                String name = Map.of(2, "SYN_REPLY", 6, "PING").getOrDefault(first & 0xffff, "other");
                frames.add(name + " " + ByteBuffer.wrap(body).getInt());
            }
        }
        return frames;
    }
}
