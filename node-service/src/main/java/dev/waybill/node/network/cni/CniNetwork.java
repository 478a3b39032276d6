package dev.waybill.node.network.cni;

import dev.waybill.node.oci.Command;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.pod.ContainerSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One bridge with one subnet per node: {@code bridge} with {@code host-local} addresses, and {@code portmap} for host
 * ports (CNI 1.0.0). The bridge needs nothing of the pod, so it can be run ahead of it; host ports are the pod's own. The
 * result must be kept for DEL, or the plugins leak rules. Thread-safe.
 */
public final class CniNetwork {
    private static final JsonMapper JSON = new JsonMapper();
    /** What is set for plugins, and by them for theirs, to be known by. */
    private static final String MARK = "WAYBILL_NETWORK";

    private static final Duration STRAYS = Duration.ofSeconds(5);
    private static final Duration LIMIT = Command.LIMIT.dividedBy(2);

    private final Path plugins;
    private final Path dataDirectory;
    private final String bridge;
    private final String subnet;

    public CniNetwork(Path plugins, Path dataDirectory, String bridge, String subnet) {
        if (bridge.length() > 15) {
            throw new IllegalArgumentException("waybill.node.bridge: longer than 15 characters: " + bridge);
        }
        this.plugins = plugins;
        this.dataDirectory = dataDirectory;
        this.bridge = bridge;
        this.subnet = subnet;
    }

    /**
     * Waits for plugins that an agent before this one left at work: an address that one of them takes after all others
     * were given back would be nobody's. One that hangs is killed.
     */
    public void awaitStrays() {
        List<ProcessHandle> strays =
                ProcessHandle.allProcesses().filter(this::isStray).toList();
        for (ProcessHandle stray : strays) {
            try {
                stray.onExit().get(STRAYS.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                stray.destroyForcibly();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean isStray(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1)
                    .contains(MARK + "=" + dataDirectory + "\0");
        } catch (IOException e) {
            return false; // ended meanwhile, or another user's
        }
    }

    /** Connects a network namespace to the bridge; the result is what the other calls want. */
    public ObjectNode connect(String id, Path namespace) {
        return (ObjectNode) run("bridge", "ADD", id, namespace, bridgeConfiguration(null));
    }

    /** Leads host ports to a namespace that is connected; the result takes the place of the one given. */
    public ObjectNode publish(String id, Path namespace, List<ContainerSpec.Port> ports, JsonNode result) {
        if (hostPorts(ports).isEmpty()) {
            return (ObjectNode) result;
        }
        return (ObjectNode) run("portmap", "ADD", id, namespace, portmapConfiguration(ports, result));
    }

    /** Disconnects it; safe to repeat and when ADD never finished. */
    public void delete(String id, Path namespace, List<ContainerSpec.Port> ports, @Nullable JsonNode result) {
        if (!hostPorts(ports).isEmpty()) {
            run("portmap", "DEL", id, namespace, portmapConfiguration(ports, result));
        }
        run("bridge", "DEL", id, namespace, bridgeConfiguration(result));
    }

    /** The pod's address in a result, without its prefix length. */
    public static String address(JsonNode result) {
        String address = result.path("ips").path(0).path("address").asString("");
        int slash = address.indexOf('/');
        return slash < 0 ? address : address.substring(0, slash);
    }

    public String bridge() {
        return bridge;
    }

    public String subnet() {
        return subnet;
    }

    /** Removes the bridge itself, to which nothing may be connected any more; one that is not there is fine. */
    public void removeBridge() {
        if (Files.exists(Path.of("/sys/class/net", bridge))) {
            Command.run(List.of("ip", "link", "delete", bridge));
        }
    }

    private ObjectNode bridgeConfiguration(@Nullable JsonNode previous) {
        ObjectNode configuration = configuration("bridge", previous);
        configuration
                .put("bridge", bridge)
                .put("isGateway", true)
                // One rule of the node's does it for all pods: a chain per pod is half the time of ADD and of DEL.
                .put("ipMasq", false)
                .put("hairpinMode", true);
        ObjectNode ipam = configuration.putObject("ipam").put("type", "host-local");
        ipam.put("dataDir", dataDirectory.toString());
        ipam.putArray("ranges").addArray().addObject().put("subnet", subnet);
        ipam.putArray("routes").addObject().put("dst", "0.0.0.0/0");
        return configuration;
    }

    private ObjectNode portmapConfiguration(List<ContainerSpec.Port> ports, @Nullable JsonNode previous) {
        ObjectNode configuration = configuration("portmap", previous);
        configuration.putObject("capabilities").put("portMappings", true);
        configuration.put("snat", true);
        ArrayNode mappings = configuration.putObject("runtimeConfig").putArray("portMappings");
        for (ContainerSpec.Port port : hostPorts(ports)) {
            mappings.addObject()
                    .put("hostPort", port.hostPort())
                    .put("containerPort", port.containerPort())
                    .put("protocol", port.protocol().toLowerCase(java.util.Locale.ROOT))
                    .put("hostIP", port.hostIp());
        }
        return configuration;
    }

    private static List<ContainerSpec.Port> hostPorts(List<ContainerSpec.Port> ports) {
        return ports.stream().filter(port -> port.hostPort() > 0).toList();
    }

    private ObjectNode configuration(String type, @Nullable JsonNode previous) {
        ObjectNode configuration = JsonNodeFactory.instance.objectNode();
        configuration.put("cniVersion", "1.0.0").put("name", bridge).put("type", type);
        if (previous != null) {
            configuration.set("prevResult", previous);
        }
        return configuration;
    }

    private JsonNode run(String plugin, String command, String id, Path namespace, ObjectNode configuration) {
        Map<String, String> environment = Map.of(
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                id,
                "CNI_NETNS",
                command.equals("DEL") && !Files.exists(namespace) ? "" : namespace.toString(),
                "CNI_IFNAME",
                "eth0",
                "CNI_PATH",
                plugins.toString(),
                MARK,
                dataDirectory.toString());
        List<String> words = List.of(plugins.resolve(plugin).toString());
        Command.Ended ended;
        try {
            ended = Command.run(words, environment, configuration.toString(), LIMIT);
        } catch (CommandFailedException e) {
            throw new CniException("CNI plugin " + command + " " + e.getMessage(), e);
        }
        String output = ended.output();
        if (ended.exitCode() != 0) {
            String why = output.isBlank() ? "exit " + ended.exitCode() : message(output);
            throw new CniException("CNI plugin " + plugin + " " + command + ": " + why);
        }
        try {
            return output.isBlank() ? JsonNodeFactory.instance.objectNode() : JSON.readTree(output);
        } catch (JacksonException e) {
            throw new CniException("CNI plugin " + plugin + " " + command + ": not JSON: " + output.strip(), e);
        }
    }

    private static String message(String output) {
        try {
            JsonNode error = JSON.readTree(output);
            return error.path("msg").asString(output) + " "
                    + error.path("details").asString("");
        } catch (JacksonException e) {
            return output.strip();
        }
    }
}
