package dev.waybill.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One kept-alive HTTPS connection that does no more than it must, so that a load costs the server's CPU. For one thread. */
final class Wire implements AutoCloseable {
    private static final String LENGTH = "content-length:";
    private static final String CHUNKED = "transfer-encoding: chunked";

    private final SSLSocket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String host;
    private final byte[] read = new byte[64 << 10];
    private int at;
    private int end;
    private int chunk;

    Wire(SSLContext tls, URI server) throws IOException {
        this.socket = (SSLSocket) tls.getSocketFactory().createSocket(server.getHost(), server.getPort());
        this.socket.setTcpNoDelay(true);
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.host = server.getAuthority();
    }

    /** Sends a request and reads the answer away; any status but 2xx fails. Returns the bytes of the body. */
    long send(String method, String path, String body) throws IOException {
        write(method, path, body);
        return answer(method + " " + path);
    }

    /** Begins a watch; its lines come by {@link #nextLine}, and nothing else can be sent any more. */
    void follow(String path) throws IOException {
        write("GET", path, "");
        String status = line();
        while (!line().isEmpty()) {
            // headers say nothing that matters
        }
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(path + ": " + status);
        }
    }

    /** The next line of a watch, however it was cut into chunks. */
    String nextLine() {
        ByteArrayOutputStream text = new ByteArrayOutputStream(1 << 10);
        try {
            while (true) {
                if (chunk == 0) {
                    chunk = Integer.parseInt(line(), 16);
                    if (chunk == 0) {
                        throw new IOException("the watch ended");
                    }
                }
                int next = next();
                if (--chunk == 0) {
                    line();
                }
                if (next == '\n') {
                    return text.toString(StandardCharsets.UTF_8);
                }
                text.write(next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String method, String path, String body) throws IOException {
        int length = body.length(); // of ASCII
        String request = method + " " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n" + body;
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private long answer(String what) throws IOException {
        String status = line();
        long length = -1;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
                length = Long.parseLong(header.substring(LENGTH.length()).strip());
            }
            chunked |= header.regionMatches(true, 0, CHUNKED, 0, CHUNKED.length());
        }
        long bytes = chunked ? chunks() : length;
        if (!chunked) {
            skip(Math.max(0, length));
        }
        if (!status.startsWith("HTTP/1.1 2")) {
            throw new IOException(what + ": " + status);
        }
        return bytes;
    }

    private long chunks() throws IOException {
        long total = 0;
        while (true) {
            int size = Integer.parseInt(line(), 16);
            skip(size);
            line();
            total += size;
            if (size == 0) {
                return total;
            }
        }
    }

    private void skip(long bytes) throws IOException {
        for (long left = bytes; left > 0; ) {
            if (at == end) {
                fill();
            }
            int some = (int) Math.min(left, end - at);
            at += some;
            left -= some;
        }
    }

    /** A line of ASCII without its end. */
    private String line() throws IOException {
        String begun = "";
        while (true) {
            for (int i = at; i < end; i++) {
                if (read[i] == '\n') {
                    String line = begun + new String(read, at, i - at, StandardCharsets.ISO_8859_1);
                    at = i + 1;
                    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
                }
            }
            begun += new String(read, at, end - at, StandardCharsets.ISO_8859_1);
            fill();
        }
    }

    private int next() throws IOException {
        if (at == end) {
            fill();
        }
        return read[at++] & 0xff;
    }

    private void fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(read));
        if (end == 0) {
            throw new IOException("the connection ended");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
