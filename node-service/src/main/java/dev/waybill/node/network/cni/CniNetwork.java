package dev.waybill.node.network.cni;

import dev.waybill.node.oci.Command;
import dev.waybill.node.pod.ContainerSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One bridge with one subnet per node: {@code bridge} with {@code host-local} addresses, and {@code portmap} for host
 * ports (CNI 1.0.0). The ADD result must be kept for DEL, or the plugins leak rules. Thread-safe.
 */
public final class CniNetwork {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long TIMEOUT_SECONDS = 30;

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

    /** Connects a network namespace; the result is what {@link #delete} wants back. */
    public ObjectNode add(String id, Path namespace, List<ContainerSpec.Port> ports) {
        JsonNode result = run("bridge", "ADD", id, namespace, bridgeConfiguration(null));
        if (!hostPorts(ports).isEmpty()) {
            result = run("portmap", "ADD", id, namespace, portmapConfiguration(ports, result));
        }
        return (ObjectNode) result;
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
                .put("ipMasq", true)
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
        ProcessBuilder builder = new ProcessBuilder(plugins.resolve(plugin).toString());
        builder.environment()
                .putAll(Map.of(
                        "CNI_COMMAND",
                        command,
                        "CNI_CONTAINERID",
                        id,
                        "CNI_NETNS",
                        command.equals("DEL") && !Files.exists(namespace) ? "" : namespace.toString(),
                        "CNI_IFNAME",
                        "eth0",
                        "CNI_PATH",
                        plugins.toString()));
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        String output;
        try {
            Process process = builder.start();
            try (var input = process.getOutputStream()) {
                input.write(configuration.toString().getBytes(StandardCharsets.UTF_8));
            }
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new CniException(
                        "CNI plugin " + plugin + " " + command + ": no end after " + TIMEOUT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                String why = output.isBlank() ? "exit " + process.exitValue() : message(output);
                throw new CniException("CNI plugin " + plugin + " " + command + ": " + why);
            }
        } catch (IOException e) {
            throw new CniException("CNI plugin " + plugins.resolve(plugin) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CniException("CNI plugin " + plugin + " " + command + ": interrupted", e);
        }
        return output.isBlank() ? JsonNodeFactory.instance.objectNode() : JSON.readTree(output);
    }

    private static String message(String output) {
        try {
            JsonNode error = JSON.readTree(output);
            return error.path("msg").asString(output) + " "
                    + error.path("details").asString("");
        } catch (tools.jackson.core.JacksonException e) {
            return output.strip();
        }
    }
}
