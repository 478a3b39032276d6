package dev.waybill.standalone;

import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeDescription;
import dev.waybill.node.pod.IdRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the nodes of one data directory share this machine with others: names of their own in the kernel, addresses that
 * no interface has, and an equal part of its CPU and memory each. Immutable.
 */
public record Machine(String tag, int network) {
    private static final int API_PORT = 443;
    private static final Path USUAL = Path.of("/var/lib/waybill");
    private static final int FIRST_NETWORK = 85;
    private static final int NETWORKS = 100;

    /** From here to 2^31 nobody else has ids by custom (systemd's UIDS-GIDS). */
    private static final long FIRST_USER_ID = 0x7000_0000L;

    /** More than a node has pods. */
    private static final long RANGES_PER_NODE = 128;

    /** The part of the machine for a data directory; its network is chosen once and remembered there. */
    public static Machine of(Path data) {
        String tag = String.format("%08x", data.toString().hashCode());
        Path file = data.resolve("pod-network");
        try {
            if (Files.exists(file)) {
                return new Machine(
                        data.equals(USUAL) ? "" : tag,
                        Integer.parseInt(Files.readString(file).strip()));
            }
            int network = freeNetwork(data.equals(USUAL) ? 0 : Math.floorMod(tag.hashCode(), NETWORKS));
            Files.writeString(file, network + "\n");
            return new Machine(data.equals(USUAL) ? "" : tag, network);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot choose a network for pods", e);
        }
    }

    /** The second part of 10.N.0.0/16, from a start on the first that no interface of this machine is in. */
    private static int freeNetwork(int start) throws SocketException {
        Set<Integer> taken = Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                .flatMap(device -> device.getInterfaceAddresses().stream())
                .map(InterfaceAddress::getAddress)
                .map(InetAddress::getAddress)
                .filter(bytes -> bytes.length == 4 && bytes[0] == 10)
                .map(bytes -> bytes[1] & 0xff)
                .collect(Collectors.toSet());
        for (int i = 0; i < NETWORKS; i++) {
            int candidate = FIRST_NETWORK + (start + i) % NETWORKS;
            if (!taken.contains(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException("every network from 10." + FIRST_NETWORK + ".0.0/16 on is in use");
    }

    /** The name of a node, from 1. */
    static String nodeName(int index) {
        return "node-" + index;
    }

    /** The index in a node's name. */
    public static int indexOf(String nodeName) {
        return Integer.parseInt(nodeName.substring("node-".length()));
    }

    /**
     * The settings of one of this machine's nodes.
     *
     * @param nodes how many nodes share the machine
     * @param portBase port of the first node's log server
     */
    public NodeSettings node(Path data, int index, int nodes, int portBase) {
        return new NodeSettings(
                nodeName(index),
                data.resolve("nodes").resolve(nodeName(index)),
                "127.0.0.1",
                portBase + index - 1,
                data.resolve("pki"),
                data.resolve("pki").resolve(nodeName(index) + ".node-key"),
                cgroupParent() + "/" + nodeName(index),
                podSubnet(index),
                bridge(index),
                "crun",
                List.of("crun", "runc", "runsc"),
                false,
                FIRST_USER_ID + (index - 1L) * RANGES_PER_NODE * IdRange.PER_POD,
                List.of(),
                Path.of("/usr/lib/cni"),
                cpuMillis(nodes),
                memoryBytes(nodes),
                0,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                true,
                Duration.ofSeconds(10),
                null,
                "",
                API_PORT);
    }

    private String cgroupParent() {
        return tag.isEmpty() ? "/waybill" : "/waybill-" + tag;
    }

    /** At most 15 characters, which is what the kernel takes. */
    private String bridge(int node) {
        return tag.isEmpty() ? "waybill" + node : "wb" + tag + "-" + node;
    }

    private String podSubnet(int node) {
        return "10." + network + "." + node + ".0/24";
    }

    private static long cpuMillis(int nodes) {
        return Runtime.getRuntime().availableProcessors() * 1000L / nodes;
    }

    private static long memoryBytes(int nodes) {
        return NodeDescription.machineMemoryBytes() / nodes;
    }
}
