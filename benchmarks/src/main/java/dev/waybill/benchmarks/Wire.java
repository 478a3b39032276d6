package dev.waybill.benchmarks;

import java.io.BufferedInputStream;
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
    private final SSLSocket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String host;
    private int chunk;

    Wire(SSLContext tls, URI server) throws IOException {
        this.socket = (SSLSocket) tls.getSocketFactory().createSocket(server.getHost(), server.getPort());
        this.socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
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
        StringBuilder text = new StringBuilder();
        try {
            while (true) {
                if (chunk == 0) {
                    chunk = Integer.parseInt(line(), 16);
                    if (chunk == 0) {
                        throw new IOException("the watch ended");
                    }
                }
                int next = in.read();
                if (--chunk == 0) {
                    line();
                }
                if (next == '\n') {
                    return text.toString();
                }
                text.append((char) next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String method, String path, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nContent-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = java.util.Arrays.copyOf(headBytes, headBytes.length + bytes.length);
        System.arraycopy(bytes, 0, all, headBytes.length, bytes.length);
        out.write(all);
        out.flush();
    }

    private long answer(String what) throws IOException {
        String status = line();
        long length = -1;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(java.util.Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(header.substring(15).strip());
            }
            chunked |= lower.startsWith("transfer-encoding: chunked");
        }
        long read = chunked ? chunks() : length;
        if (!chunked) {
            in.skipNBytes(Math.max(0, length));
        }
        if (!status.startsWith("HTTP/1.1 2")) {
            throw new IOException(what + ": " + status);
        }
        return read;
    }

    private long chunks() throws IOException {
        long total = 0;
        while (true) {
            int size = Integer.parseInt(line(), 16);
            in.skipNBytes(size);
            line();
            total += size;
            if (size == 0) {
                return total;
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection ended");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
