package dev.waybill.node.stream.spdy;

import dev.waybill.node.stream.StreamBuffer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** One stream that a client opened. Its two directions may be used by different threads. */
final class SpdyStream {
    private final int id;
    private final Map<String, String> headers;
    private final SpdyConnection connection;
    private final StreamBuffer input = new StreamBuffer();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    SpdyStream(int id, Map<String, String> headers, SpdyConnection connection) {
        this.id = id;
        this.headers = headers;
        this.connection = connection;
    }

    int id() {
        return id;
    }

    /** A header's value; empty when it was not sent. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    StreamBuffer input() {
        return input;
    }

    /** Closing it ends the stream's output and leaves its input. */
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (ended.get()) {
                    throw new IOException("the stream has ended");
                }
                connection.data(id, bytes, offset, length, false);
            }

            @Override
            public void close() throws IOException {
                if (ended.compareAndSet(false, true)) {
                    connection.data(id, new byte[0], 0, 0, true);
                }
            }
        };
    }

    /** Called once when the stream was reset or its connection has ended, at once when that is past. */
    void onGone(Runnable listener) {
        gone.thenRun(listener);
    }

    void endAll() {
        ended.set(true);
        input.end();
        gone.complete(null);
    }
}
