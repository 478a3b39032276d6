package dev.waybill.node.stream.spdy;

import dev.waybill.node.stream.ClientStreams;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.ConnectionEnd;
import dev.waybill.node.stream.TerminalSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A command whose streams are SPDY streams, told apart by their {@code streamtype} (remotecommand v1 to v4). */
public final class SpdyCommandStreams implements ClientStreams {
    /** What is spoken, the best first. */
    public static final List<String> PROTOCOLS =
            List.of("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io");

    private static final Duration CREATION_TIMEOUT = Duration.ofSeconds(30);

    private final SpdyConnection connection;
    private final boolean statusAsJson;
    private final Map<String, SpdyStream> streams = new ConcurrentHashMap<>();
    private final Set<String> wanted;
    private final CountDownLatch missing;
    private final ConnectionEnd end;

    private SpdyCommandStreams(InputStream in, OutputStream out, String protocol, CommandRequest request) {
        this.statusAsJson = protocol.startsWith("v4");
        this.wanted = wanted(request, protocol);
        this.missing = new CountDownLatch(wanted.size());
        this.connection = new SpdyConnection(in, out, this::opened);
        this.end = new ConnectionEnd(connection::serve);
    }

    private static Set<String> wanted(CommandRequest request, String protocol) {
        Set<String> names = new TreeSet<>(Set.of("error"));
        if (request.stdin()) {
            names.add("stdin");
        }
        if (request.stdout()) {
            names.add("stdout");
        }
        if (request.stderr()) {
            names.add("stderr");
        }
        if (request.tty() && (protocol.startsWith("v4") || protocol.startsWith("v3"))) {
            names.add("resize");
        }
        return names;
    }

    /** The client's streams, once it has opened all that it asked for. */
    public static SpdyCommandStreams accept(InputStream in, OutputStream out, String protocol, CommandRequest request)
            throws IOException, InterruptedException {
        SpdyCommandStreams client = new SpdyCommandStreams(in, out, protocol, request);
        client.end.start("spdy-command");
        client.onGone(() -> client.wanted.forEach(_ -> client.missing.countDown()));
        boolean all = client.missing.await(CREATION_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        if (!all || client.streams.size() < client.wanted.size()) {
            client.close();
            throw new IOException("the client opened " + client.streams.keySet() + " of " + client.wanted);
        }
        return client;
    }

    private void opened(SpdyStream stream) {
        String type = stream.header("streamtype");
        if (wanted.contains(type) && streams.putIfAbsent(type, stream) == null) {
            missing.countDown();
        } else {
            connection.forget(stream);
        }
    }

    @Override
    public InputStream stdin() {
        SpdyStream stream = streams.get("stdin");
        return stream == null ? InputStream.nullInputStream() : stream.input();
    }

    @Override
    public OutputStream stdout() {
        return output("stdout");
    }

    @Override
    public OutputStream stderr() {
        return output("stderr");
    }

    private OutputStream output(String type) {
        SpdyStream stream = streams.get(type);
        return stream == null ? OutputStream.nullOutputStream() : stream.output();
    }

    @Override
    public void onResize(Consumer<TerminalSize> listener) {
        SpdyStream stream = streams.get("resize");
        if (stream != null) {
            Thread.ofVirtual().name("spdy-resize").start(() -> TerminalSizes.read(stream.input(), listener));
        }
    }

    @Override
    public void onGone(Runnable listener) {
        end.onEnd(listener);
    }

    @Override
    public void finish(CommandStatus status) throws IOException {
        try (OutputStream error = output("error")) {
            error.write(statusAsJson ? status.json() : status.message().getBytes(StandardCharsets.UTF_8));
        }
        for (SpdyStream stream : streams.values()) {
            stream.output().close();
        }
        end.awaitClient();
    }

    @Override
    public void close() {
        end.onEnd(connection::close);
    }
}
