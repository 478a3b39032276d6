package dev.waybill.node.grpc;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Asks a gRPC server how a service does (grpc.health.v1.Health/Check), on a connection of its own, in the words of
 * Kubernetes' kubelet. Stateless.
 */
public final class GrpcHealth {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int PRIORITY = 0x20;
    private static final int STREAM = 1;
    private static final int LARGEST_FRAME = 16_384;
    private static final int MOST_FRAMES = 1_000;
    /** No table for headers, and no pushed streams. */
    private static final byte[] OWN_SETTINGS = {0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};

    private static final String UNIMPLEMENTED = "12";
    private static final String DEADLINE_EXCEEDED = "4";
    private static final String[] ANSWERS = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

    private GrpcHealth() {}

    /** What came back: the message, and what the trailers say. */
    private record Answer(ByteBuffer message, Map<String, String> headers) {}

    /**
     * Why the service is not well; empty when it is.
     *
     * @param service the name of the service; empty for the whole server
     */
    public static Optional<String> check(String host, int port, String service, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (Socket socket = new Socket()) {
            try {
                socket.connect(new InetSocketAddress(host, port), Math.toIntExact(timeout.toMillis()));
            } catch (SocketTimeoutException e) {
                return Optional.of(
                        "timeout: failed to connect service \"" + host + ":" + port + "\" within " + text(timeout));
            } catch (IOException e) {
                return Optional.of(
                        "error: failed to connect service at \"" + host + ":" + port + "\": " + e.getMessage());
            }
            socket.setTcpNoDelay(true);
            send(socket.getOutputStream(), host + ":" + port, service, timeout);
            return judge(receive(socket, deadline), timeout);
        } catch (SocketTimeoutException e) {
            return late(timeout);
        } catch (IOException e) {
            return Optional.of("error: health rpc probe failed: " + e.getMessage());
        }
    }

    private static Optional<String> late(Duration timeout) {
        return Optional.of("timeout: health rpc did not complete within " + text(timeout));
    }

    private static String text(Duration timeout) {
        return timeout.toMillis() % 1000 == 0 ? timeout.toSeconds() + "s" : timeout.toMillis() + "ms";
    }

    private static void send(OutputStream out, String authority, String service, Duration timeout) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(":method", "POST");
        headers.put(":scheme", "http");
        headers.put(":path", "/grpc.health.v1.Health/Check");
        headers.put(":authority", authority);
        headers.put("te", "trailers");
        headers.put("content-type", "application/grpc");
        headers.put("user-agent", "waybill-probe");
        headers.put("grpc-timeout", timeout.toMillis() + "m");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(PREFACE);
        frame(all, SETTINGS, 0, 0, OWN_SETTINGS);
        frame(all, HEADERS, END_HEADERS, STREAM, HeaderBlock.write(headers));
        frame(all, DATA, END_STREAM, STREAM, request(service));
        out.write(all.toByteArray());
        out.flush();
    }

    /** A message of gRPC, not compressed: HealthCheckRequest with its one field, service. */
    private static byte[] request(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        if (name.length > 0) {
            message.write(0x0a);
            int length = name.length;
            for (; length >= 0x80; length >>= 7) {
                message.write((length & 0x7f) | 0x80);
            }
            message.write(length);
            message.writeBytes(name);
        }
        return ByteBuffer.allocate(5 + message.size())
                .put((byte) 0)
                .putInt(message.size())
                .put(message.toByteArray())
                .array();
    }

    private static void frame(ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
        out.writeBytes(ByteBuffer.allocate(9)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        out.writeBytes(payload);
    }

    private static Answer receive(Socket socket, long deadline) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        Map<String, String> headers = new LinkedHashMap<>();
        boolean last = false;
        for (int frames = 0; frames < MOST_FRAMES; frames++) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            socket.setSoTimeout(Math.toIntExact(left));
            int start = head(in);
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & 0x7fffffff;
            byte[] payload = new byte[start];
            in.readFully(payload);
            switch (type) {
                case SETTINGS, PING -> acknowledge(socket.getOutputStream(), type, flags, payload);
                case GOAWAY -> throw new IOException("the server closes the connection");
                case RST_STREAM -> throw new IOException("the server reset the stream");
                case DATA -> message.writeBytes(content(payload, flags, 0));
                case HEADERS, CONTINUATION -> {
                    block.writeBytes(content(payload, flags, type == HEADERS && (flags & PRIORITY) != 0 ? 5 : 0));
                    if ((flags & END_HEADERS) != 0) {
                        headers.putAll(HeaderBlock.read(block.toByteArray()));
                        block.reset();
                    }
                }
                default -> {} // priorities, windows, and what the standard lets one ignore
            }
            last |= stream == STREAM && (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
            if (last && block.size() == 0) {
                return new Answer(ByteBuffer.wrap(message.toByteArray()), headers);
            }
        }
        throw new IOException("the server sends without an end");
    }

    /** The length of the next frame. */
    private static int head(DataInputStream in) throws IOException {
        try {
            int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
            if (length > LARGEST_FRAME) {
                throw new IOException("the server does not speak HTTP/2");
            }
            return length;
        } catch (EOFException e) {
            throw new IOException("the server closed the connection", e);
        }
    }

    private static void acknowledge(OutputStream out, int type, int flags, byte[] payload) throws IOException {
        if ((flags & ACK) == 0) {
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            frame(answer, type, ACK, 0, type == PING ? payload : new byte[0]);
            out.write(answer.toByteArray());
            out.flush();
        }
    }

    private static byte[] content(byte[] payload, int flags, int skipped) throws IOException {
        boolean padded = (flags & PADDED) != 0 && payload.length > 0;
        int from = skipped + (padded ? 1 : 0);
        int to = payload.length - (padded ? payload[0] & 0xff : 0);
        if (from > to) {
            throw new IOException("a frame is malformed");
        }
        return java.util.Arrays.copyOfRange(payload, from, to);
    }

    private static Optional<String> judge(Answer answer, Duration timeout) {
        String http = answer.headers().getOrDefault(":status", "200");
        String status = answer.headers().getOrDefault("grpc-status", http.equals("200") ? "0" : "HTTP " + http);
        String message = answer.headers().getOrDefault("grpc-message", "");
        return switch (status) {
            case "0" -> {
                int serving = serving(answer.message());
                String named = serving >= 0 && serving < ANSWERS.length ? ANSWERS[serving] : Integer.toString(serving);
                yield serving == 1
                        ? Optional.empty()
                        : Optional.of("service unhealthy (responded with \"" + named + "\")");
            }
            case UNIMPLEMENTED ->
                Optional.of("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                        + message);
            case DEADLINE_EXCEEDED -> late(timeout);
            default -> Optional.of("error: health rpc probe failed: code " + status + ": " + message);
        };
    }

    /** The one field of HealthCheckResponse; 0 when it is not there. */
    private static int serving(ByteBuffer message) {
        return message.limit() >= 7 && message.get(0) == 0 && message.get(5) == 0x08 ? message.get(6) : 0;
    }
}
