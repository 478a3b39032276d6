package dev.waybill.node.http;

import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.PodView;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.stream.ClientStreams;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandSession;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.PortDialer;
import dev.waybill.node.stream.RunningCommand;
import dev.waybill.node.stream.spdy.SpdyCommandStreams;
import dev.waybill.node.stream.spdy.SpdyPortForward;
import dev.waybill.node.stream.websocket.WebSocketBytes;
import dev.waybill.node.stream.websocket.WebSocketCommandStreams;
import dev.waybill.node.stream.websocket.WebSocketConnection;
import dev.waybill.node.stream.websocket.WebSocketPortForward;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /exec/NAMESPACE/POD/CONTAINER}, {@code /attach/...} and {@code /portForward/NAMESPACE/POD}, by WebSocket and by
 * SPDY/3.1, with the kubelet's parameters. Thread-safe.
 */
final class StreamRequests {
    /** SPDY within the binary messages of a WebSocket, as newer kubectl forwards ports. */
    private static final String TUNNELLED = "SPDY/3.1+" + SpdyPortForward.PROTOCOL;

    /** The bytes of one forwarded port and nothing around them. */
    private static final String PLAIN = "tcp";

    private final NodeAgent agent;
    private final String node;

    StreamRequests(NodeAgent agent, String node) {
        this.agent = agent;
        this.node = node;
    }

    void serve(Exchange exchange) throws IOException, InterruptedException {
        List<String> parts = exchange.head().segments();
        boolean ports = parts.getFirst().equals("portForward");
        if (parts.size() != (ports ? 3 : 4)) {
            exchange.answer(404, "nothing is at " + exchange.head().path());
            return;
        }
        Optional<PodView> pod = agent.find(parts.get(1), parts.get(2));
        if (pod.isEmpty()) {
            exchange.answer(404, "pod \"" + parts.get(2) + "\" is not on node " + node);
        } else if (ports) {
            forward(exchange, pod.get());
        } else {
            command(exchange, pod.get(), parts.get(3));
        }
    }

    private void command(Exchange exchange, PodView pod, String container) throws IOException, InterruptedException {
        RequestHead head = exchange.head();
        boolean attach = head.segments().getFirst().equals("attach");
        CommandRequest request = new CommandRequest(
                        attach ? List.of() : head.parameters("command"),
                        head.flag("input"),
                        head.flag("output"),
                        head.flag("error"),
                        head.flag("tty"))
                .checked();
        if (!attach && request.command().isEmpty()) {
            throw new IllegalArgumentException("you must specify at least one command for the container");
        }
        if (pod.state().container(container).phase() != ContainerState.Phase.RUNNING) {
            exchange.answer(
                    500,
                    "unable to upgrade connection: container not found (\"" + container + "\"): it is not running");
            return;
        }
        Optional<ClientStreams> streams = commandStreams(exchange, request);
        if (streams.isPresent()) {
            try (ClientStreams client = streams.get()) {
                run(client, pod, container, attach, request);
            }
        }
    }

    private void run(ClientStreams client, PodView pod, String container, boolean attach, CommandRequest request)
            throws IOException, InterruptedException {
        RunningCommand command;
        try {
            command = attach ? agent.attach(pod, container, request) : agent.exec(pod, container, request);
        } catch (CommandFailedException e) {
            client.finish(new CommandStatus.Failure(String.valueOf(e.getMessage())));
            return;
        }
        CommandSession.run(client, command);
    }

    /** The streams in the protocol that the client asked for; empty when it was refused. */
    private static Optional<ClientStreams> commandStreams(Exchange exchange, CommandRequest request)
            throws IOException, InterruptedException {
        if (isWebSocket(exchange)) {
            Optional<String> protocol = webSocket(exchange, WebSocketCommandStreams.PROTOCOLS, "channel.k8s.io");
            return protocol.isEmpty()
                    ? Optional.empty()
                    : Optional.of(WebSocketCommandStreams.accept(
                            new WebSocketConnection(exchange.in(), exchange.out()), protocol.get(), request));
        }
        Optional<String> protocol = spdy(exchange, SpdyCommandStreams.PROTOCOLS);
        return protocol.isEmpty()
                ? Optional.empty()
                : Optional.of(SpdyCommandStreams.accept(exchange.in(), exchange.out(), protocol.get(), request));
    }

    private void forward(Exchange exchange, PodView pod) throws IOException {
        PortDialer dialer = agent.ports(pod);
        String name = pod.pod().key() + ", uid " + pod.pod().uid();
        if (exchange.head().header("upgrade").equalsIgnoreCase(PLAIN)) {
            connect(exchange, dialer, name);
            return;
        }
        if (!isWebSocket(exchange)) {
            if (spdy(exchange, List.of(SpdyPortForward.PROTOCOL)).isPresent()) {
                SpdyPortForward.serve(exchange.in(), exchange.out(), dialer, name);
            }
            return;
        }
        List<Integer> ports = ports(exchange.head());
        List<String> protocols = new ArrayList<>(WebSocketPortForward.PROTOCOLS);
        protocols.add(TUNNELLED);
        Optional<String> protocol = webSocket(exchange, protocols, "v4.channel.k8s.io");
        if (protocol.isEmpty()) {
            return;
        }
        WebSocketConnection connection = new WebSocketConnection(exchange.in(), exchange.out());
        if (protocol.get().equals(TUNNELLED)) {
            WebSocketBytes bytes = new WebSocketBytes(connection);
            SpdyPortForward.serve(bytes.input(), bytes.output(), dialer, name);
            bytes.close();
        } else {
            WebSocketPortForward.serve(connection, protocol.get(), ports, dialer, name);
        }
    }

    /** The connection itself becomes one to the port: the gateway needs no channels, and sees failures as answers. */
    private static void connect(Exchange exchange, PortDialer dialer, String pod) throws IOException {
        List<Integer> ports = ports(exchange.head());
        if (ports.size() != 1) {
            throw new IllegalArgumentException("port: one is needed");
        }
        SocketChannel port;
        try {
            port = dialer.dial(ports.getFirst());
        } catch (IOException e) {
            exchange.answer(
                    500, "error forwarding port " + ports.getFirst() + " to pod " + pod + ": " + e.getMessage());
            return;
        }
        try (port) {
            exchange.start(101, Map.of("Connection", "Upgrade", "Upgrade", PLAIN));
            Thread.ofVirtual().name("port-up").start(() -> {
                try (port) {
                    exchange.in().transferTo(Channels.newOutputStream(port));
                } catch (IOException e) {
                    // One of the ends is gone, which the other direction sees.
                }
            });
            Channels.newInputStream(port).transferTo(exchange.out());
        } catch (AsynchronousCloseException e) {
            // The gateway is gone.
        }
    }

    private static List<Integer> ports(RequestHead head) {
        List<Integer> ports = new ArrayList<>();
        for (String name : List.of("port", "ports")) {
            for (String values : head.parameters(name)) {
                for (String value : values.split(",", -1)) {
                    ports.add(port(value));
                }
            }
        }
        return ports;
    }

    private static int port(String text) {
        int port;
        try {
            port = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            port = 0;
        }
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("port: Invalid value: \"" + text + "\": must be from 1 to 65535");
        }
        return port;
    }

    private static boolean isWebSocket(Exchange exchange) {
        return exchange.head().header("upgrade").equalsIgnoreCase("websocket");
    }

    /** Switches to WebSocket with the first of the client's protocols that is spoken here; empty when it was refused. */
    private static Optional<String> webSocket(Exchange exchange, List<String> spoken, String unnamed)
            throws IOException {
        List<String> offered = exchange.head().list("sec-websocket-protocol");
        Optional<String> chosen = offered.stream().filter(spoken::contains).findFirst();
        String key = exchange.head().header("sec-websocket-key");
        if (key.isEmpty() || (chosen.isEmpty() && !offered.isEmpty())) {
            exchange.answer(400, "unable to upgrade: Sec-WebSocket-Key, and one of " + spoken + " are needed");
            return Optional.empty();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Upgrade", "websocket");
        headers.put("Connection", "Upgrade");
        headers.put("Sec-WebSocket-Accept", WebSocketConnection.accept(key));
        chosen.ifPresent(protocol -> headers.put("Sec-WebSocket-Protocol", protocol));
        exchange.start(101, headers);
        return Optional.of(chosen.orElse(unnamed));
    }

    /** The same for SPDY. */
    private static Optional<String> spdy(Exchange exchange, List<String> spoken) throws IOException {
        if (!exchange.head().header("upgrade").toLowerCase(Locale.ROOT).equals("spdy/3.1")) {
            exchange.answer(
                    400,
                    "unable to upgrade: missing upgrade headers in request: "
                            + exchange.head().headers());
            return Optional.empty();
        }
        List<String> offered = exchange.head().list("x-stream-protocol-version");
        Optional<String> chosen = offered.stream().filter(spoken::contains).findFirst();
        if (chosen.isEmpty() && !offered.isEmpty()) {
            exchange.start(
                    403,
                    Map.of("X-Accepted-Stream-Protocol-Versions", String.join(",", spoken), "Content-Length", "0"));
            return Optional.empty();
        }
        String protocol = chosen.orElse(spoken.getLast());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Connection", "Upgrade");
        headers.put("Upgrade", "SPDY/3.1");
        headers.put("X-Stream-Protocol-Version", protocol);
        exchange.start(101, headers);
        return Optional.of(protocol);
    }
}
