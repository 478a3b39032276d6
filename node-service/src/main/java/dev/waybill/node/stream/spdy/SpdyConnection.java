package dev.waybill.node.stream.spdy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The server's end of a SPDY/3.1 connection on which only the client opens streams. Nobody speaks flow control here (the
 * clients' library neither sends nor heeds it): a stream whose reader is slow holds the connection up, which is what
 * bounds memory. One thread serves; any may write.
 */
final class SpdyConnection implements AutoCloseable {
    private static final int SYN_STREAM = 1;
    private static final int SYN_REPLY = 2;
    private static final int RST_STREAM = 3;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int CONTROL = 0x80030000;
    private static final int FIN = 1;
    private static final int REFUSED_STREAM = 3;
    private static final int MOST_STREAMS = 2_000;
    private static final int MOST_CONTROL_BYTES = 64 << 10;
    private static final int FRAME_BYTES = 8;
    /** Stream, associated stream, priority and slot stand before the headers. */
    private static final int SYN_STREAM_FIELDS = 10;

    private final DataInputStream in;
    private final OutputStream out;
    private final Consumer<SpdyStream> onOpened;
    private final SpdyHeaders headers = new SpdyHeaders();
    private final Map<Integer, SpdyStream> streams = new ConcurrentHashMap<>();
    private final ReentrantLock writing = new ReentrantLock();

    SpdyConnection(InputStream in, OutputStream out, Consumer<SpdyStream> onOpened) {
        this.in = new DataInputStream(in);
        this.out = out;
        this.onOpened = onOpened;
    }

    /** Reads frames until the client says goodbye or is gone. */
    void serve() throws IOException {
        try {
            boolean going = true;
            while (going) {
                int first = in.readInt();
                int second = in.readInt();
                int flags = second >>> 24;
                int length = second & 0xffffff;
                if (first >= 0) {
                    received(first, flags, length);
                } else {
                    going = control(first & 0xffff, flags, length);
                }
            }
        } catch (EOFException e) {
            // The client is gone.
        } finally {
            streams.values().forEach(SpdyStream::endAll);
        }
    }

    private void received(int id, int flags, int length) throws IOException {
        SpdyStream stream = streams.get(id);
        // In pieces, so that a frame of 16 MiB needs no such array.
        for (int left = length; left > 0; ) {
            byte[] piece = in.readNBytes(Math.min(left, 32 << 10));
            if (piece.length == 0) {
                throw new EOFException("cut within a frame");
            }
            left -= piece.length;
            if (stream != null) {
                stream.input().put(piece);
            }
        }
        if (stream != null && (flags & FIN) != 0) {
            stream.input().end();
        }
    }

    private boolean control(int type, int flags, int length) throws IOException {
        if (length > MOST_CONTROL_BYTES) {
            throw new IOException("a SPDY control frame of " + length + " bytes");
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length || (needsId(type) && length < Integer.BYTES)) {
            throw new EOFException("cut within a frame");
        }
        switch (type) {
            case SYN_STREAM -> opened(body, flags);
            case RST_STREAM -> {
                SpdyStream stream = streams.remove(ByteBuffer.wrap(body).getInt());
                if (stream != null) {
                    stream.endAll();
                }
            }
            case PING -> frame(PING, 0, body);
            case GO_AWAY -> {
                return false;
            }
            default -> {
                // Settings, windows and what a later version may add ask nothing of this end.
            }
        }
        return true;
    }

    private static boolean needsId(int type) {
        return type == SYN_STREAM || type == RST_STREAM;
    }

    private void opened(byte[] body, int flags) throws IOException {
        int id = ByteBuffer.wrap(body).getInt() & 0x7fffffff;
        Map<String, String> sent = headers.read(body, Math.min(SYN_STREAM_FIELDS, body.length));
        if (streams.size() >= MOST_STREAMS) {
            frame(
                    RST_STREAM,
                    0,
                    ByteBuffer.allocate(8).putInt(id).putInt(REFUSED_STREAM).array());
            return;
        }
        SpdyStream stream = new SpdyStream(id, sent, this);
        if ((flags & FIN) != 0) {
            stream.input().end();
        }
        streams.put(id, stream);
        writing.lock();
        try {
            byte[] none = headers.none();
            frame(
                    SYN_REPLY,
                    0,
                    ByteBuffer.allocate(4 + none.length).putInt(id).put(none).array());
        } finally {
            writing.unlock();
        }
        onOpened.accept(stream);
    }

    private void frame(int type, int flags, byte[] body) throws IOException {
        send(CONTROL | type, flags, body, 0, body.length);
    }

    void data(int id, byte[] bytes, int offset, int length, boolean last) throws IOException {
        send(id, last ? FIN : 0, bytes, offset, length);
    }

    private void send(int first, int flags, byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        byte[] all = new byte[FRAME_BYTES + length];
        ByteBuffer.wrap(all).putInt(first).putInt(flags << 24 | length).put(bytes, offset, length);
        writing.lock();
        try {
            out.write(all);
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /** Forgets a stream that both ends are done with. */
    void forget(SpdyStream stream) {
        streams.remove(stream.id());
        stream.endAll();
    }

    /** Says that no more streams are taken. */
    void goAway() throws IOException {
        frame(GO_AWAY, 0, new byte[8]);
    }

    @Override
    public void close() {
        headers.close();
    }
}
