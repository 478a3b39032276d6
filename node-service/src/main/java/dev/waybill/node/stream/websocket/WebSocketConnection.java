package dev.waybill.node.stream.websocket;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The server's end of a WebSocket (RFC 6455) after its handshake. One thread reads; any may write. */
public final class WebSocketConnection {
    private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int MOST_BYTES = 4 << 20;
    private static final int SHORT_LENGTH = 126;
    private static final int LONG_LENGTH = 127;

    private final DataInputStream in;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();
    private boolean closed;

    public WebSocketConnection(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = out;
    }

    /** What a handshake with this key is answered with. */
    public static String accept(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + KEY_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A piece of a message, perhaps its first. Whoever gets it owns its bytes. */
    static final class Piece {
        private final boolean first;
        private final byte[] bytes;

        private Piece(boolean first, byte[] bytes) {
            this.first = first;
            this.bytes = bytes;
        }

        boolean first() {
            return first;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    /** The next piece of a message, text or binary; empty at the end. Pings are answered on the way. */
    Optional<Piece> next() throws IOException {
        try {
            while (true) {
                int head = in.readUnsignedByte();
                byte[] bytes = payload();
                switch (head & 0xf) {
                    case CLOSE -> {
                        close(1000);
                        return Optional.empty();
                    }
                    case PING -> frame(PONG, bytes);
                    case PONG -> {}
                    default -> {
                        return Optional.of(new Piece((head & 0xf) != CONTINUATION, bytes));
                    }
                }
            }
        } catch (EOFException e) {
            return Optional.empty();
        }
    }

    private byte[] payload() throws IOException {
        int second = in.readUnsignedByte();
        long length = second & 0x7f;
        if (length == SHORT_LENGTH) {
            length = in.readUnsignedShort();
        } else if (length == LONG_LENGTH) {
            length = in.readLong();
        }
        if (length < 0 || length > MOST_BYTES || (second & MASKED) == 0) {
            close(length > MOST_BYTES ? 1009 : 1002);
            throw new IOException("a WebSocket frame of " + length + " bytes, masked: " + ((second & MASKED) != 0));
        }
        byte[] mask = new byte[Integer.BYTES];
        in.readFully(mask);
        byte[] bytes = new byte[(int) length];
        in.readFully(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= mask[i & 3];
        }
        return bytes;
    }

    /** Sends one binary message. */
    void send(byte[] bytes) throws IOException {
        frame(BINARY, bytes);
    }

    /** Sends one text message. */
    void sendText(byte[] bytes) throws IOException {
        frame(TEXT, bytes);
    }

    private void frame(int operation, byte[] bytes) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(10 + bytes.length).put((byte) (FINAL | operation));
        if (bytes.length < SHORT_LENGTH) {
            frame.put((byte) bytes.length);
        } else if (bytes.length <= 0xffff) {
            frame.put((byte) SHORT_LENGTH).putShort((short) bytes.length);
        } else {
            frame.put((byte) LONG_LENGTH).putLong(bytes.length);
        }
        frame.put(bytes);
        writing.lock();
        try {
            if (closed) {
                throw new IOException("the WebSocket is closed");
            }
            closed = operation == CLOSE;
            out.write(frame.array(), 0, frame.position());
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /** Says that nothing more is sent, once. */
    void close(int code) throws IOException {
        writing.lock();
        try {
            if (!closed) {
                frame(CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
            }
        } finally {
            writing.unlock();
        }
    }
}
