package dev.waybill.gateway.http.stream;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/**
 * A connection to a port of a pod: the client's end of a forwarded port, whose data is channel 0 of a WebSocket to the
 * pod's node and whose failure is channel 1. One thread writes, one reads.
 */
public final class ForwardedPort implements AutoCloseable {
    private static final String PROTOCOL = "v4.channel.k8s.io";
    private static final int BINARY = 0x82;
    private static final int CLOSE = 8;
    private static final int DATA = 0;
    private static final int ERROR = 1;
    private static final int MASKED = 0x80;
    private static final int SHORT_LENGTH = 126;
    private static final int LONG_LENGTH = 127;
    private static final int MOST_BYTES = 4 << 20;

    private final NodeUpgrade node;
    private final DataInputStream frames;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

    private ForwardedPort(NodeUpgrade node) {
        this.node = node;
        this.frames = new DataInputStream(node.input());
    }

    /** Connects; whether anybody listens at the port shows when something is read. */
    public static ForwardedPort open(SSLContext tls, NodeEndpoint node, String namespace, String pod, int port)
            throws IOException {
        UUID nonce = UUID.randomUUID();
        byte[] key = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(nonce.getMostSignificantBits())
                .putLong(nonce.getLeastSignificantBits())
                .array();
        NodeUpgrade answer = NodeUpgrade.request(
                tls,
                node,
                "/portForward/" + namespace + "/" + pod + "?ports=" + port,
                Map.of(
                        "Connection", List.of("Upgrade"),
                        "Upgrade", List.of("websocket"),
                        "Sec-WebSocket-Version", List.of("13"),
                        "Sec-WebSocket-Key", List.of(Base64.getEncoder().encodeToString(key)),
                        "Sec-WebSocket-Protocol", List.of(PROTOCOL)));
        if (answer.status() != 101) {
            try (answer) {
                throw new IOException(answer.reason());
            }
        }
        return new ForwardedPort(answer);
    }

    /** What the pod sends. */
    public InputStream input() {
        return input;
    }

    /** What the pod is sent. */
    public OutputStream output() {
        return output;
    }

    @Override
    public void close() throws IOException {
        node.close();
    }

    /** The data of the frames. The first message of each channel is the port and says nothing new. */
    private final class Input extends InputStream {
        private final boolean[] begun = new boolean[2];
        private ByteBuffer rest = ByteBuffer.allocate(0);
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (!rest.hasRemaining() && !ended) {
                next();
            }
            if (!rest.hasRemaining()) {
                return -1;
            }
            int count = Math.min(length, rest.remaining());
            rest.get(bytes, offset, count);
            return count;
        }

        private void next() throws IOException {
            int operation;
            try {
                operation = frames.readUnsignedByte() & 0xf;
            } catch (EOFException e) {
                ended = true;
                return;
            }
            byte[] frame = payload();
            if (operation == CLOSE) {
                ended = true;
                return;
            }
            int channel = frame.length == 0 ? -1 : frame[0];
            if (channel != DATA && channel != ERROR) {
                return;
            }
            if (!begun[channel]) {
                begun[channel] = true;
            } else if (channel == DATA) {
                rest = ByteBuffer.wrap(frame, 1, frame.length - 1);
            } else if (frame.length > 1) {
                throw new IOException(new String(frame, 1, frame.length - 1, StandardCharsets.UTF_8).strip());
            }
        }

        private byte[] payload() throws IOException {
            long length = frames.readUnsignedByte();
            if (length == SHORT_LENGTH) {
                length = frames.readUnsignedShort();
            } else if (length == LONG_LENGTH) {
                length = frames.readLong();
            }
            if (length < 0 || length > MOST_BYTES) {
                throw new IOException("the node sent a frame of " + length + " bytes");
            }
            byte[] bytes = new byte[(int) length];
            frames.readFully(bytes);
            return bytes;
        }
    }

    /** A frame for each write. Masked by zeros: a mask is for proxies in between, and TLS has none. */
    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer frame = ByteBuffer.allocate(15 + length).put((byte) BINARY);
            int payload = length + 1;
            if (payload < SHORT_LENGTH) {
                frame.put((byte) (MASKED | payload));
            } else if (payload <= 0xffff) {
                frame.put((byte) (MASKED | SHORT_LENGTH)).putShort((short) payload);
            } else {
                frame.put((byte) (MASKED | LONG_LENGTH)).putLong(payload);
            }
            frame.putInt(0).put((byte) DATA).put(bytes, offset, length);
            node.output().write(frame.array(), 0, frame.position());
            node.output().flush();
        }
    }
}
