package dev.waybill.node.stream.websocket;

import dev.waybill.node.stream.ClientStreams;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.ConnectionEnd;
import dev.waybill.node.stream.StreamBuffer;
import dev.waybill.node.stream.TerminalSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A command whose streams are channels of one WebSocket (remotecommand v1, v4 and v5). */
public final class WebSocketCommandStreams implements ClientStreams {
    /** What is spoken. */
    public static final List<String> PROTOCOLS = List.of(
            "v5.channel.k8s.io",
            "v4.channel.k8s.io",
            "v4.base64.channel.k8s.io",
            "channel.k8s.io",
            "base64.channel.k8s.io");

    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int ERROR = 3;
    private static final int RESIZE = 4;
    /** From v5 on: the byte after it names a channel that has ended. */
    private static final int END_OF_CHANNEL = 255;

    private final WebSocketConnection connection;
    private final ChannelCodec channels;
    private final String protocol;
    private final CommandRequest request;
    private final StreamBuffer stdin = new StreamBuffer();
    private final ConnectionEnd end;
    private final Object sizes = new Object();
    private @Nullable TerminalSize lastSize;
    private @Nullable Consumer<TerminalSize> onResize;

    private WebSocketCommandStreams(WebSocketConnection connection, String protocol, CommandRequest request) {
        this.connection = connection;
        this.channels = new ChannelCodec(connection, protocol);
        this.protocol = protocol;
        this.request = request;
        this.end = new ConnectionEnd(this::serve);
    }

    public static WebSocketCommandStreams accept(
            WebSocketConnection connection, String protocol, CommandRequest request) throws IOException {
        WebSocketCommandStreams client = new WebSocketCommandStreams(connection, protocol, request);
        // An empty message on the first channel that the client reads tells it that the connection stands.
        int first = request.stdout() ? STDOUT : request.stderr() ? STDERR : ERROR;
        client.channels.send(first, new byte[0], 0, 0);
        client.end.start("websocket-command");
        return client;
    }

    private void serve() throws IOException {
        try {
            int channel = -1;
            for (Optional<WebSocketConnection.Piece> next = connection.next();
                    next.isPresent();
                    next = connection.next()) {
                byte[] bytes = next.get().bytes();
                if (!next.get().first()) {
                    received(channel, bytes);
                } else if (bytes.length > 0) {
                    channel = channels.channel(bytes);
                    received(channel, channels.content(bytes));
                }
            }
        } finally {
            stdin.end();
        }
    }

    private void received(int channel, byte[] content) throws IOException {
        switch (channel) {
            case STDIN -> stdin.put(content);
            case RESIZE -> TerminalSize.parse(content).ifPresent(this::resized);
            case END_OF_CHANNEL -> {
                if (protocol.startsWith("v5") && content.length == 1 && content[0] == STDIN) {
                    stdin.end();
                }
            }
            default -> {
                // Nothing else goes this way.
            }
        }
    }

    private void resized(TerminalSize size) {
        synchronized (sizes) {
            lastSize = size;
            if (onResize != null) {
                onResize.accept(size);
            }
        }
    }

    @Override
    public InputStream stdin() {
        return request.stdin() ? stdin : InputStream.nullInputStream();
    }

    @Override
    public OutputStream stdout() {
        return request.stdout() ? channels.output(STDOUT) : OutputStream.nullOutputStream();
    }

    @Override
    public OutputStream stderr() {
        return request.stderr() ? channels.output(STDERR) : OutputStream.nullOutputStream();
    }

    @Override
    public void onResize(Consumer<TerminalSize> listener) {
        synchronized (sizes) {
            onResize = listener;
            if (lastSize != null) {
                listener.accept(lastSize);
            }
        }
    }

    @Override
    public void onGone(Runnable listener) {
        end.onEnd(listener);
    }

    @Override
    public void finish(CommandStatus status) throws IOException {
        boolean asJson = protocol.startsWith("v");
        byte[] text = asJson ? status.json() : status.message().getBytes(StandardCharsets.UTF_8);
        if (text.length > 0) {
            channels.send(ERROR, text, 0, text.length);
        }
        connection.close(1000);
        end.awaitClient();
    }

    @Override
    public void close() {
        stdin.close();
    }
}
