package dev.waybill.node.stream.websocket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;

/** A WebSocket as two streams of bytes whose messages' bounds mean nothing: what tunnels another protocol. */
public final class WebSocketBytes {
    private final WebSocketConnection connection;

    public WebSocketBytes(WebSocketConnection connection) {
        this.connection = connection;
    }

    /** For one thread. */
    public InputStream input() {
        return new InputStream() {
            private byte[] piece = new byte[0];
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                while (at == piece.length) {
                    Optional<WebSocketConnection.Piece> next = connection.next();
                    if (next.isEmpty()) {
                        return -1;
                    }
                    piece = next.get().bytes();
                    at = 0;
                }
                int count = Math.min(length, piece.length - at);
                System.arraycopy(piece, at, into, offset, count);
                at += count;
                return count;
            }
        };
    }

    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                connection.send(new byte[] {(byte) value});
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                connection.send(Arrays.copyOfRange(bytes, offset, offset + length));
            }
        };
    }

    /** Says goodbye. */
    public void close() throws IOException {
        connection.close(1000);
    }
}
