package dev.waybill.gateway.http.proxy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** One request of HTTP/1.1 and its answer on a connection of their own (RFC 9112). Used by one thread. */
public final class HttpExchange {
    /** What concerns one connection only (RFC 9110, 7.6.1). */
    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MOST_HEAD_BYTES = 64 << 10;

    /** The status of an answer after which another protocol is spoken. */
    public static final int SWITCHING = 101;

    private final BufferedInputStream in;
    private final OutputStream out;
    private boolean upgrades;

    /** A header, of which there may be several with a name. */
    public record Header(String name, String value) {}

    /** @param body ends with the answer */
    public record Answer(int status, List<Header> headers, InputStream body) {}

    public HttpExchange(InputStream in, OutputStream out) {
        this.in = new BufferedInputStream(in, BUFFER_BYTES);
        this.out = out;
    }

    /** Whether a header is for the next connection, too. */
    public static boolean passes(String header) {
        return !OF_THE_CONNECTION.contains(header.toLowerCase(Locale.ROOT)) && !agrees(header);
    }

    /** Whether a header is for the next connection when that becomes a WebSocket, and only then (RFC 6455, 11.3). */
    public static boolean agrees(String header) {
        return header.toLowerCase(Locale.ROOT).startsWith("sec-websocket-");
    }

    /**
     * Sends a request to change the connection's protocol.
     *
     * @param headers that pass, or agree on it
     */
    public void upgrade(String method, String target, String protocol, List<Header> headers) throws IOException {
        upgrades = true;
        StringBuilder head = new StringBuilder(
                method + " " + target + " HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n");
        headers.forEach(header ->
                head.append(header.name()).append(": ").append(header.value()).append("\r\n"));
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** What comes after the head of an answer that agrees to another protocol. */
    public InputStream rest() {
        return in;
    }

    /**
     * Sends a request.
     *
     * @param headers that pass
     * @param length of the body in bytes; -1 when only its end tells
     */
    public void send(String method, String target, List<Header> headers, InputStream body, long length)
            throws IOException {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nConnection: close\r\n");
        for (Header header : headers) {
            if (!header.name().equalsIgnoreCase("Content-Length")) {
                head.append(header.name()).append(": ").append(header.value()).append("\r\n");
            }
        }
        if (length != 0) {
            head.append(length < 0 ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + length + "\r\n");
        } else if (!Set.of("GET", "HEAD").contains(method)) {
            head.append("Content-Length: 0\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = length == 0 ? -1 : body.read(buffer); count >= 0; count = body.read(buffer)) {
            out.write(length < 0 ? chunk(buffer, count) : Arrays.copyOf(buffer, count));
        }
        if (length < 0) {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        out.flush();
    }

    private static byte[] chunk(byte[] bytes, int count) {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.writeBytes((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        chunk.write(bytes, 0, count);
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return chunk.toByteArray();
    }

    /** Waits for the answer's head. */
    public Answer answer(String method) throws IOException {
        while (true) {
            String status = line();
            if (!status.matches("HTTP/1\\.[01] \\d{3}.*")) {
                throw new IOException("malformed HTTP response");
            }
            int code = Integer.parseInt(status.substring(9, 12));
            List<Header> headers = new ArrayList<>();
            int bytes = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                bytes += line.length();
                int colon = line.indexOf(':');
                if (colon <= 0 || bytes > MOST_HEAD_BYTES) {
                    throw new IOException("malformed HTTP response");
                }
                headers.add(new Header(
                        line.substring(0, colon), line.substring(colon + 1).strip()));
            }
            if (code == SWITCHING && !upgrades) {
                throw new IOException("malformed HTTP response");
            }
            if (code >= 200 || code == SWITCHING) {
                return new Answer(code, headers, body(method, code, headers));
            }
        }
    }

    private InputStream body(String method, int code, List<Header> headers) throws IOException {
        if (method.equals("HEAD") || code == SWITCHING || code == 204 || code == 304) {
            return InputStream.nullInputStream();
        }
        String encoding = "";
        String length = "";
        for (Header header : headers) {
            switch (header.name().toLowerCase(Locale.ROOT)) {
                case "transfer-encoding" -> encoding = header.value().toLowerCase(Locale.ROOT);
                case "content-length" -> length = header.value();
                default -> {}
            }
        }
        if (encoding.endsWith("chunked")) {
            return new Pieces(-1);
        }
        if (length.isEmpty()) {
            return in;
        }
        try {
            return new Pieces(Long.parseLong(length));
        } catch (NumberFormatException e) {
            throw new IOException("malformed HTTP response", e);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("EOF");
            }
            if (line.length() > MOST_HEAD_BYTES) {
                throw new IOException("malformed HTTP response");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    /** A body of known length, or in chunks. */
    private final class Pieces extends InputStream {
        private final boolean chunked;
        private long left;
        private boolean ended;

        Pieces(long length) {
            this.chunked = length < 0;
            this.left = Math.max(0, length);
            this.ended = length == 0;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (chunked && left == 0 && !ended) {
                left = size();
                if (left == 0) {
                    ended = true;
                    while (!line().isEmpty()) {
                        // Trailers, which have nowhere to go.
                    }
                }
            }
            if (ended) {
                return -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("unexpected EOF");
            }
            left -= count;
            if (left == 0 && !chunked) {
                ended = true;
            } else if (left == 0) {
                line(); // a chunk's own end
            }
            return count;
        }

        private long size() throws IOException {
            try {
                return Long.parseLong(line().split(";", 2)[0].strip(), 16);
            } catch (NumberFormatException e) {
                throw new IOException("malformed chunked encoding", e);
            }
        }
    }
}
