package dev.waybill.gateway.http.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A request to a node to change the connection's protocol, and its answer. Used by one thread at a time. */
public final class NodeUpgrade implements Connection {
    private static final int ANSWER_MILLIS = 30_000;
    private static final int MOST_HEAD_BYTES = 64 << 10;
    private static final int MOST_REASON_BYTES = 4_096;

    private final NodeSocket socket;
    private final int status;
    private final Map<String, String> headers;

    private NodeUpgrade(NodeSocket socket, List<String> head) {
        this.socket = socket;
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
        NodeSocket socket = NodeSocket.open(tls, node);
        try {
            socket.patience(ANSWER_MILLIS);
            StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + node.node() + "\r\n");
            headers.forEach((name, values) -> values.forEach(
                    value -> head.append(name).append(": ").append(value).append("\r\n")));
            OutputStream out = socket.output();
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            NodeUpgrade answer = new NodeUpgrade(socket, head(socket.input()));
            socket.patience(0);
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
        return new String(socket.input().readNBytes(MOST_REASON_BYTES), StandardCharsets.UTF_8).strip();
    }

    Connection securedWithin(String host, int port) throws IOException {
        return socket.securedWithin(host, port);
    }

    @Override
    public InputStream input() {
        return socket.input();
    }

    @Override
    public OutputStream output() throws IOException {
        return socket.output();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
