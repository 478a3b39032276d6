package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerSpec.EnvFrom;
import dev.waybill.node.pod.ContainerSpec.EnvSource;
import dev.waybill.node.pod.ContainerSpec.EnvVar;
import dev.waybill.node.pod.ContainerSpec.Port;
import dev.waybill.node.pod.ContainerSpec.PullPolicy;
import dev.waybill.node.pod.ContainerSpec.VolumeMount;
import dev.waybill.node.pod.PodSpec.RestartPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a pod's JSON. Pure. */
public final class PodParser {
    private static final long DEFAULT_GRACE_SECONDS = 30;

    private PodParser() {}

    /**
     * The pod.
     *
     * @throws IllegalArgumentException naming the field that cannot be read
     */
    public static PodSpec parse(JsonNode pod) {
        JsonNode metadata = pod.path("metadata");
        JsonNode spec = pod.path("spec");
        String name = required(metadata, "metadata.", "name");
        Map<String, String> annotations = strings(metadata.path("annotations"));
        Map<String, Map<String, String>> knobs = KnobAnnotations.byContainer(spec, annotations);
        List<ContainerSpec> init = containers(spec.path("initContainers"), "spec.initContainers", knobs);
        List<ContainerSpec> containers = containers(spec.path("containers"), "spec.containers", knobs);
        if (containers.isEmpty()) {
            throw new IllegalArgumentException("spec.containers: a pod needs a container");
        }
        String deletion = metadata.path("deletionTimestamp").asString("");
        long grace = spec.path("terminationGracePeriodSeconds").asLong(DEFAULT_GRACE_SECONDS);
        return new PodSpec(
                required(metadata, "metadata.", "uid"),
                metadata.path("namespace").asString(""),
                name,
                strings(metadata.path("labels")),
                annotations,
                deletion.isEmpty() ? null : Instant.parse(deletion),
                metadata.path("deletionGracePeriodSeconds").asLong(grace),
                spec.path("nodeName").asString(""),
                spec.path("serviceAccountName").asString("default"),
                spec.path("os").path("name").asString(""),
                HostName.of(
                        metadata.path("namespace").asString(""),
                        name,
                        spec.path("hostname").asString(""),
                        spec.path("subdomain").asString(""),
                        spec.path("setHostnameAsFQDN").asBoolean(false)),
                restartPolicy(spec.path("restartPolicy").asString("Always")),
                spec.path("activeDeadlineSeconds").isNumber()
                        ? Duration.ofSeconds(spec.path("activeDeadlineSeconds").asLong())
                        : null,
                ResourceParser.qosClass(pod, init, containers),
                ResourceParser.overhead(spec.path("overhead")),
                SecurityParser.isolation(spec),
                SecurityParser.security(spec.path("securityContext"), "spec.securityContext."),
                spec.path("dnsPolicy").asString("ClusterFirst"),
                list(spec.path("dnsConfig").path("nameservers")),
                list(spec.path("dnsConfig").path("searches")),
                dnsOptions(spec.path("dnsConfig").path("options")),
                hostAliases(spec.path("hostAliases")),
                init,
                containers,
                containers(spec.path("ephemeralContainers"), "spec.ephemeralContainers", knobs),
                VolumeParser.parse(spec.path("volumes")),
                StorageLimits.parse(spec),
                names(spec.path("imagePullSecrets")));
    }

    /** As resolv.conf has them: ndots:2, edns0. */
    private static List<String> dnsOptions(JsonNode options) {
        List<String> texts = new ArrayList<>();
        options.forEach(option -> {
            String value = option.path("value").asString("");
            texts.add(option.path("name").asString("") + (value.isEmpty() ? "" : ":" + value));
        });
        return List.copyOf(texts);
    }

    private static List<String> names(JsonNode references) {
        List<String> names = new ArrayList<>();
        references.forEach(reference -> names.add(reference.path("name").asString("")));
        names.removeIf(String::isEmpty);
        return List.copyOf(names);
    }

    private static RestartPolicy restartPolicy(String text) {
        return switch (text) {
            case "Always" -> RestartPolicy.ALWAYS;
            case "OnFailure" -> RestartPolicy.ON_FAILURE;
            case "Never" -> RestartPolicy.NEVER;
            default -> throw new IllegalArgumentException("spec.restartPolicy: unsupported value \"" + text + "\"");
        };
    }

    private static List<ContainerSpec> containers(
            JsonNode nodes, String field, Map<String, Map<String, String>> knobs) {
        List<ContainerSpec> containers = new ArrayList<>();
        for (JsonNode node : nodes) {
            containers.add(container(node, field + "[" + containers.size() + "].", knobs));
        }
        return List.copyOf(containers);
    }

    private static ContainerSpec container(JsonNode node, String field, Map<String, Map<String, String>> knobs) {
        String image = required(node, field, "image");
        List<VolumeMount> mounts = new ArrayList<>();
        for (JsonNode mount : node.path("volumeMounts")) {
            mounts.add(new VolumeMount(
                    mount.path("name").asString(""),
                    mount.path("mountPath").asString(""),
                    mount.path("subPath").asString(mount.path("subPathExpr").asString("")),
                    !mount.path("subPathExpr").asString("").isEmpty(),
                    mount.path("readOnly").asBoolean(false),
                    propagation(mount.path("mountPropagation").asString("None"))));
        }
        List<Port> ports = new ArrayList<>();
        for (JsonNode port : node.path("ports")) {
            ports.add(new Port(
                    port.path("name").asString(""),
                    port.path("containerPort").asInt(0),
                    port.path("hostPort").asInt(0),
                    port.path("protocol").asString("TCP"),
                    port.path("hostIP").asString("")));
        }
        return new ContainerSpec(
                required(node, field, "name"),
                image,
                pullPolicy(node.path("imagePullPolicy").asString(""), image),
                list(node.path("command")),
                list(node.path("args")),
                node.path("workingDir").asString(""),
                env(node.path("env")),
                envFrom(node.path("envFrom")),
                List.copyOf(ports),
                ResourceParser.resources(node.path("resources"), field + "resources."),
                List.copyOf(mounts),
                SecurityParser.security(node.path("securityContext"), field + "securityContext."),
                node.path("terminationMessagePath").asString("/dev/termination-log"),
                node.path("terminationMessagePolicy").asString("").equals("FallbackToLogsOnError"),
                stdin(node),
                node.path("tty").asBoolean(false),
                node.path("restartPolicy").asString("").equals("Always"),
                knobs.getOrDefault(node.path("name").asString(""), Map.of()),
                ProbeParser.parse(node),
                ProbeParser.lifecycle(node),
                ResourceParser.restartsOnResize(node.path("resizePolicy")),
                node.path("targetContainerName").asString(""));
    }

    private static ContainerSpec.Propagation propagation(String text) {
        return switch (text) {
            case "HostToContainer" -> ContainerSpec.Propagation.HOST_TO_CONTAINER;
            case "Bidirectional" -> ContainerSpec.Propagation.BIDIRECTIONAL;
            default -> ContainerSpec.Propagation.NONE;
        };
    }

    /** Kubernetes' default: Always for an image without tag and digest or with the tag latest. */
    static PullPolicy pullPolicy(String text, String image) {
        return switch (text) {
            case "Always" -> PullPolicy.ALWAYS;
            case "IfNotPresent" -> PullPolicy.IF_NOT_PRESENT;
            case "Never" -> PullPolicy.NEVER;
            default -> {
                if (image.contains("@")) {
                    yield PullPolicy.IF_NOT_PRESENT;
                }
                int colon = image.lastIndexOf(':');
                boolean tagged = colon > image.lastIndexOf('/');
                yield !tagged || image.endsWith(":latest") ? PullPolicy.ALWAYS : PullPolicy.IF_NOT_PRESENT;
            }
        };
    }

    private static List<EnvVar> env(JsonNode nodes) {
        List<EnvVar> env = new ArrayList<>();
        for (JsonNode node : nodes) {
            env.add(new EnvVar(
                    node.path("name").asString(""), node.path("value").asString(""), source(node.path("valueFrom"))));
        }
        return List.copyOf(env);
    }

    private static @Nullable EnvSource source(JsonNode from) {
        if (from.has("configMapKeyRef")) {
            return objectKey("configmaps", from.path("configMapKeyRef"));
        }
        if (from.has("secretKeyRef")) {
            return objectKey("secrets", from.path("secretKeyRef"));
        }
        if (from.has("fieldRef")) {
            return new EnvSource.Field(from.path("fieldRef").path("fieldPath").asString(""));
        }
        if (from.has("resourceFieldRef")) {
            JsonNode reference = from.path("resourceFieldRef");
            return new EnvSource.Resource(
                    reference.path("containerName").asString(""),
                    reference.path("resource").asString(""),
                    reference.path("divisor").asString("1"));
        }
        return null;
    }

    private static EnvSource objectKey(String resource, JsonNode reference) {
        return new EnvSource.ObjectKey(
                resource,
                reference.path("name").asString(""),
                reference.path("key").asString(""),
                reference.path("optional").asBoolean(false));
    }

    private static List<EnvFrom> envFrom(JsonNode nodes) {
        List<EnvFrom> from = new ArrayList<>();
        for (JsonNode node : nodes) {
            boolean secret = node.has("secretRef");
            JsonNode reference = node.path(secret ? "secretRef" : "configMapRef");
            from.add(new EnvFrom(
                    secret ? "secrets" : "configmaps",
                    reference.path("name").asString(""),
                    node.path("prefix").asString(""),
                    reference.path("optional").asBoolean(false)));
        }
        return List.copyOf(from);
    }

    private static Map<String, List<String>> hostAliases(JsonNode nodes) {
        Map<String, List<String>> aliases = new LinkedHashMap<>();
        nodes.forEach(node -> aliases.put(node.path("ip").asString(""), list(node.path("hostnames"))));
        return aliases;
    }

    static List<String> list(JsonNode nodes) {
        List<String> list = new ArrayList<>();
        nodes.forEach(node -> list.add(node.asString("")));
        return List.copyOf(list);
    }

    private static Map<String, String> strings(JsonNode node) {
        Map<String, String> map = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().asString("")));
        return map;
    }

    private static String required(JsonNode node, String field, String name) {
        String text = node.path(name).asString("");
        if (text.isEmpty()) {
            throw new IllegalArgumentException(field + name + ": required");
        }
        return text;
    }

    private static ContainerSpec.Stdin stdin(JsonNode container) {
        if (!container.path("stdin").asBoolean(false)) {
            return ContainerSpec.Stdin.NONE;
        }
        return container.path("stdinOnce").asBoolean(false) ? ContainerSpec.Stdin.ONCE : ContainerSpec.Stdin.KEPT;
    }
}
