package dev.waybill.node.network;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.SeparateThread;
import dev.waybill.node.stream.PortDialer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects to ports on a pod's own loopback interface, where programs listen that nobody outside can reach. Thread-safe. */
public final class PodPorts implements PortDialer {
    private final @Nullable Path networkNamespace;

    /** Null is the host's network. */
    public PodPorts(@Nullable Path networkNamespace) {
        this.networkNamespace = networkNamespace;
    }

    @Override
    public SocketChannel dial(int port) throws IOException {
        if (port < 1 || port > 0xffff) {
            throw new IOException("invalid port " + port);
        }
        StringBuilder trouble = new StringBuilder("failed to connect to localhost:" + port + " inside the pod");
        for (String address : List.of("127.0.0.1", "::1")) {
            SocketChannel channel =
                    open(address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
            try {
                channel.connect(new InetSocketAddress(address, port));
                return channel;
            } catch (IOException e) {
                channel.close();
                trouble.append(", ").append(address).append(": ").append(e.getMessage());
            }
        }
        throw new IOException(trouble.toString());
    }

    /** A socket belongs for good to the namespace that its thread was in when it was made. */
    private SocketChannel open(ProtocolFamily family) throws IOException {
        if (networkNamespace == null) {
            return SocketChannel.open(family);
        }
        try {
            return SeparateThread.call("pod-socket", () -> {
                Linux.enterNetwork(networkNamespace);
                return SocketChannel.open(family);
            });
        } catch (IOException | RuntimeException e) {
            throw new IOException("cannot open a socket in the pod's network: " + e, e);
        }
    }
}
