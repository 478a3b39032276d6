package dev.waybill.node.agent;

import dev.waybill.node.oci.Architecture;
import dev.waybill.node.oci.RuntimeHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The Node object that an agent registers: what the machine is and has, in Kubernetes' words. */
public final class NodeDescription {
    private static final int MAX_PODS = 110;
    /** Of a disk a kubelet keeps a tenth from pods, below which it would evict (nodefs.available<10%). */
    private static final String STORAGE = "ephemeral-storage";

    private static final String AGENT_VERSION = "v1.35.0+waybill.0.1.0";

    private NodeDescription() {}

    /** The Node as JSON. */
    public static ObjectNode of(NodeHost host, int logPort, String podSubnet, Instant now) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        String arch = Architecture.name();
        node.putObject("metadata")
                .putObject("labels")
                .put("kubernetes.io/hostname", host.name())
                .put("kubernetes.io/os", "linux")
                .put("kubernetes.io/arch", arch);
        node.withObject("/metadata")
                .putObject("annotations")
                .put("waybill.dev/local-volumes", host.store().volumes().toString());
        ObjectNode spec = node.putObject("spec").put("podCIDR", podSubnet);
        spec.putArray("podCIDRs").add(podSubnet);
        ObjectNode status = node.putObject("status");
        amounts(status.putObject("capacity"), host.cpuMillis(), host.memoryBytes());
        amounts(status.putObject("allocatable"), host.allocatableCpuMillis(), host.allocatableMemoryBytes());
        long diskBytes = diskBytes(host);
        status.withObject("/capacity").put(STORAGE, diskBytes / 1024 + "Ki");
        status.withObject("/allocatable").put(STORAGE, Long.toString(diskBytes / 10 * 9));
        ArrayNode addresses = status.putArray("addresses");
        addresses.addObject().put("type", "InternalIP").put("address", host.address());
        addresses.addObject().put("type", "Hostname").put("address", host.name());
        status.putObject("daemonEndpoints").putObject("kubeletEndpoint").put("Port", logPort);
        conditions(status.putArray("conditions"), now);
        status.putObject("nodeInfo")
                .put("machineID", line("/etc/machine-id"))
                .put("systemUUID", line("/etc/machine-id"))
                .put("bootID", line("/proc/sys/kernel/random/boot_id"))
                .put("kernelVersion", line("/proc/sys/kernel/osrelease"))
                .put("osImage", osImage())
                .put("containerRuntimeVersion", host.runtime().version())
                .put("kubeletVersion", AGENT_VERSION)
                .put("kubeProxyVersion", "")
                .put("operatingSystem", "linux")
                .put("architecture", arch);
        handlers(status.putArray("runtimeHandlers"), host);
        status.putObject("features").put("supplementalGroupsPolicy", false);
        return node;
    }

    private static void handlers(ArrayNode handlers, NodeHost host) {
        for (RuntimeHandler handler : host.runtime().handlers()) {
            handlers.addObject()
                    .put("name", handler.name())
                    .putObject("features")
                    .put("recursiveReadOnlyMounts", false)
                    .put("userNamespaces", handler.ownUsers());
        }
    }

    private static void amounts(ObjectNode amounts, long cpuMillis, long memoryBytes) {
        amounts.put("cpu", cpuMillis % 1000 == 0 ? cpuMillis / 1000 + "" : cpuMillis + "m")
                .put("memory", memoryBytes / 1024 + "Ki")
                .put("pods", Integer.toString(MAX_PODS));
    }

    /** The file system of the pods' directories. */
    private static long diskBytes(NodeHost host) {
        try {
            return Files.getFileStore(host.store().directory()).getTotalSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot measure " + host.store().directory(), e);
        }
    }

    private static void conditions(ArrayNode conditions, Instant now) {
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        condition(
                conditions,
                time,
                "MemoryPressure",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available");
        condition(conditions, time, "DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure");
        condition(conditions, time, "PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available");
    }

    private static void condition(ArrayNode conditions, String time, String type, String reason, String message) {
        conditions
                .addObject()
                .put("type", type)
                .put("status", "False")
                .put("lastHeartbeatTime", time)
                .put("lastTransitionTime", time)
                .put("reason", reason)
                .put("message", message);
    }

    /** MemTotal of /proc/meminfo. */
    public static long machineMemoryBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                    .filter(line -> line.startsWith("MemTotal:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("/proc/meminfo has no MemTotal"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/meminfo", e);
        }
    }

    private static String osImage() {
        try {
            return Files.readAllLines(Path.of("/etc/os-release")).stream()
                    .filter(line -> line.startsWith("PRETTY_NAME="))
                    .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
                    .findFirst()
                    .orElse("Linux");
        } catch (IOException e) {
            return "Linux";
        }
    }

    private static String line(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
