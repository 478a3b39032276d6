package dev.waybill.gateway.http.stream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A request to a node to change the connection's protocol, and its answer. Used by one thread at a time. */
public final class NodeUpgrade implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_MILLIS = 30_000;
    private static final int MOST_HEAD_BYTES = 64 << 10;
    private static final int MOST_REASON_BYTES = 4_096;

    private final SSLSocket socket;
    private final BufferedInputStream in;
    private final int status;
    private final Map<String, String> headers;

    private NodeUpgrade(SSLSocket socket, BufferedInputStream in, List<String> head) {
        this.socket = socket;
        this.in = in;
        this.status = Integer.parseInt(head.getFirst().split(" ", 3)[1]);
        this.headers = new java.util.LinkedHashMap<>();
        for (String line : head.subList(1, head.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
    }

    /**
     * Asks.
     *
     * @param target path and query
     * @param headers sent as they are, a line for each value
     */
    public static NodeUpgrade request(
            SSLContext tls, NodeEndpoint node, String target, Map<String, List<String>> headers) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket();
        try {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.connect(new InetSocketAddress(node.host(), node.port()), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setSoTimeout(ANSWER_MILLIS);
            StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + node.node() + "\r\n");
            headers.forEach((name, values) -> values.forEach(
                    value -> head.append(name).append(": ").append(value).append("\r\n")));
            OutputStream out = socket.getOutputStream();
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 32 << 10);
            NodeUpgrade answer = new NodeUpgrade(socket, in, head(in));
            socket.setSoTimeout(0);
            return answer;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static List<String> head(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (int count = 0; count < MOST_HEAD_BYTES; count++) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the node closed the connection");
            }
            if (next == '\n' && line.isEmpty()) {
                if (lines.isEmpty() || !lines.getFirst().matches("HTTP/1\\.1 \\d{3} .*")) {
                    throw new IOException("the node did not answer in HTTP");
                }
                return lines;
            }
            if (next == '\n') {
                lines.add(line.toString());
                line.setLength(0);
            } else if (next != '\r') {
                line.append((char) next);
            }
        }
        throw new IOException("the node's answer has more than " + MOST_HEAD_BYTES + " bytes of headers");
    }

    public int status() {
        return status;
    }

    public Map<String, String> headers() {
        return headers;
    }

    /** What the node says when it refuses. */
    public String reason() throws IOException {
        return new String(in.readNBytes(MOST_REASON_BYTES), StandardCharsets.UTF_8).strip();
    }

    InputStream input() {
        return in;
    }

    OutputStream output() throws IOException {
        return socket.getOutputStream();
    }

    /** May be called by any thread. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
