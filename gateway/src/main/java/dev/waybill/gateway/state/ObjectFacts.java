package dev.waybill.gateway.state;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the indexes of the image need of an object, kept beside its text so that nothing is parsed again. Immutable.
 *
 * @param owners uids of its owners
 * @param finalizers what must be done before it goes
 * @param deleting whether it has a deletionTimestamp
 * @param special what only this kind has
 */
record ObjectFacts(List<String> owners, List<String> finalizers, boolean deleting, Special special) {
    /** The gate that holds a pod until its pool has room. */
    static final String CLAIMS = "persistentvolumeclaims";

    static final String QUOTA_GATE = "waybill.dev/quota";

    /** On a Node: the epoch of the newest agent that registered, so that it survives a takeover. */
    static final String EPOCH_ANNOTATION = "waybill.dev/node-epoch";

    /** No single pod counts for more, so that no sum over pods can overflow. */
    private static final long LARGEST = 1L << 46;

    private static final ObjectFacts PLAIN = new ObjectFacts(List.of(), List.of(), false, new Special.None());

    /** What only some kinds have. */
    sealed interface Special {
        record None() implements Special {}

        /**
         * A pod.
         *
         * @param nodeName empty while unbound
         * @param quotaGated whether it waits for its pool
         * @param hostPorts as protocol/port/address
         * @param more what quotas count of it beyond the use, by the quotas' name for it
         * @param references ConfigMaps, Secrets and the RuntimeClass that it needs on its node
         */
        record Pod(
                String nodeName,
                boolean terminal,
                boolean gated,
                boolean quotaGated,
                Use use,
                Map<String, Quantity> more,
                Set<String> hostPorts,
                Set<ResourceKey> references)
                implements Special {}

        /** @param epoch of the newest agent that registered */
        record Node(Use allocatable, boolean unschedulable, List<Taint> taints, long epoch) implements Special {}

        record Quota(Map<String, Quantity> hard) implements Special {}

        record Pool(Use capacity, List<String> namespaces) implements Special {}
    }

    record Taint(String key, String value, String effect) {}

    /** Amounts of what pods use; pods is 1 for one pod. In a capacity an amount that is not given is unlimited. */
    record Use(long pods, long cpuMillis, long memoryBytes, long cpuLimitMillis, long memoryLimitBytes) {
        static final Use NONE = new Use(0, 0, 0, 0, 0);

        Use plus(Use other) {
            return plus(other, 1);
        }

        Use minus(Use other) {
            return plus(other, -1);
        }

        private Use plus(Use other, int sign) {
            return new Use(
                    pods + sign * other.pods,
                    cpuMillis + sign * other.cpuMillis,
                    memoryBytes + sign * other.memoryBytes,
                    cpuLimitMillis + sign * other.cpuLimitMillis,
                    memoryLimitBytes + sign * other.memoryLimitBytes);
        }

        static Use capacity(JsonNode amounts) {
            return new Use(
                    amount(amounts, "pods", Long.MAX_VALUE),
                    millis(amounts, "cpu", Long.MAX_VALUE),
                    amount(amounts, "memory", Long.MAX_VALUE),
                    Long.MAX_VALUE,
                    Long.MAX_VALUE);
        }

        private static long amount(JsonNode amounts, String name, long otherwise) {
            return Quantity.tryParse(amounts.path(name).asString(""))
                    .map(Quantity::value)
                    .orElse(otherwise);
        }

        private static long millis(JsonNode amounts, String name, long otherwise) {
            return Quantity.tryParse(amounts.path(name).asString(""))
                    .map(Quantity::millis)
                    .orElse(otherwise);
        }
    }

    static ObjectFacts of(ResourceKey key, ObjectNode object) {
        JsonNode metadata = object.path("metadata");
        List<String> owners = new ArrayList<>(1);
        for (JsonNode owner : metadata.path("ownerReferences")) {
            owners.add(Json.text(owner, "uid"));
        }
        List<String> finalizers = metadata.path("finalizers")
                .valueStream()
                .map(finalizer -> finalizer.asString(""))
                .toList();
        boolean deleting = metadata.has("deletionTimestamp");
        Special special = special(key, object);
        return owners.isEmpty() && finalizers.isEmpty() && !deleting && special instanceof Special.None
                ? PLAIN
                : new ObjectFacts(List.copyOf(owners), finalizers, deleting, special);
    }

    private static Special special(ResourceKey key, ObjectNode object) {
        JsonNode spec = object.path("spec");
        if (key.group().isEmpty()) {
            return switch (key.resource()) {
                case "pods" -> pod(key, spec, Json.text(object, "status", "phase"));
                case "nodes" -> node(object);
                case "resourcequotas" -> {
                    Map<String, Quantity> hard = new HashMap<>();
                    spec.path("hard")
                            .properties()
                            .forEach(e -> Quantity.tryParse(e.getValue().asString(""))
                                    .ifPresent(amount -> hard.put(e.getKey(), amount)));
                    yield new Special.Quota(Map.copyOf(hard));
                }
                default -> new Special.None();
            };
        }
        if (key.resource().equals("quotapools") && key.group().equals("waybill.dev")) {
            List<String> namespaces = new ArrayList<>();
            spec.path("namespaces").forEach(namespace -> namespaces.add(namespace.asString("")));
            return new Special.Pool(Use.capacity(spec.path("capacity")), List.copyOf(namespaces));
        }
        return new Special.None();
    }

    private static Special.Pod pod(ResourceKey key, JsonNode spec, String phase) {
        PodResources resources = PodResources.ofSpec(spec);
        Use use = new Use(
                1,
                Math.min(LARGEST, resources.cpuMillis()),
                Math.min(LARGEST, resources.memoryBytes()),
                Math.min(
                        LARGEST,
                        resources.limits().getOrDefault("cpu", Quantity.ZERO).millis()),
                Math.min(
                        LARGEST,
                        resources.limits().getOrDefault("memory", Quantity.ZERO).value()));
        boolean gated = false;
        boolean quotaGated = false;
        for (JsonNode gate : spec.path("schedulingGates")) {
            gated = true;
            quotaGated |= Json.text(gate, "name").equals(QUOTA_GATE);
        }
        return new Special.Pod(
                Json.text(spec, "nodeName"),
                phase.equals("Succeeded") || phase.equals("Failed"),
                gated,
                quotaGated,
                use,
                QuotaUse.more(resources, spec),
                hostPorts(spec),
                references(key.namespace(), spec));
    }

    private static Special.Node node(ObjectNode object) {
        JsonNode spec = object.path("spec");
        List<Taint> taints = new ArrayList<>();
        for (JsonNode taint : spec.path("taints")) {
            taints.add(new Taint(Json.text(taint, "key"), Json.text(taint, "value"), Json.text(taint, "effect")));
        }
        return new Special.Node(
                Use.capacity(object.path("status").path("allocatable")),
                spec.path("unschedulable").asBoolean(false),
                List.copyOf(taints),
                object.path("metadata")
                        .path("annotations")
                        .path(EPOCH_ANNOTATION)
                        .asLong(0));
    }

    private static Set<String> hostPorts(JsonNode spec) {
        Set<String> ports = new LinkedHashSet<>();
        for (String list : List.of("containers", "initContainers")) {
            for (JsonNode container : spec.path(list)) {
                for (JsonNode port : container.path("ports")) {
                    long number = Json.number(port, "hostPort", 0);
                    if (number > 0) {
                        String address = Json.text(port, "hostIP");
                        String protocol = Json.text(port, "protocol");
                        ports.add((protocol.isEmpty() ? "TCP" : protocol) + "/" + number + "/"
                                + (address.isEmpty() ? "0.0.0.0" : address));
                    }
                }
            }
        }
        return ports.isEmpty() ? Set.of() : Set.copyOf(ports);
    }

    private static Set<ResourceKey> references(String namespace, JsonNode spec) {
        References found = new References(namespace);
        for (JsonNode volume : spec.path("volumes")) {
            found.configMap(Json.text(volume, "configMap", "name"));
            found.secret(Json.text(volume, "secret", "secretName"));
            found.claim(Json.text(volume, "persistentVolumeClaim", "claimName"));
            for (JsonNode source : volume.path("projected").path("sources")) {
                found.configMap(Json.text(source, "configMap", "name"));
                found.secret(Json.text(source, "secret", "name"));
            }
        }
        for (String list : List.of("containers", "initContainers", "ephemeralContainers")) {
            for (JsonNode container : spec.path(list)) {
                for (JsonNode variable : container.path("env")) {
                    found.configMap(Json.text(variable, "valueFrom", "configMapKeyRef", "name"));
                    found.secret(Json.text(variable, "valueFrom", "secretKeyRef", "name"));
                }
                for (JsonNode source : container.path("envFrom")) {
                    found.configMap(Json.text(source, "configMapRef", "name"));
                    found.secret(Json.text(source, "secretRef", "name"));
                }
            }
        }
        for (JsonNode secret : spec.path("imagePullSecrets")) {
            found.secret(Json.text(secret, "name"));
        }
        String runtimeClass = Json.text(spec, "runtimeClassName");
        if (!runtimeClass.isEmpty()) {
            found.keys.add(RuntimeClasses.key(runtimeClass));
        }
        return found.keys.isEmpty() ? Set.of() : Set.copyOf(found.keys);
    }

    /** Collects what a pod refers to. */
    private record References(String namespace, Set<ResourceKey> keys) {
        References(String namespace) {
            this(namespace, new LinkedHashSet<>());
        }

        void configMap(String name) {
            add("configmaps", name);
        }

        void secret(String name) {
            add("secrets", name);
        }

        void claim(String name) {
            add(CLAIMS, name);
        }

        private void add(String resource, String name) {
            if (!name.isEmpty()) {
                keys.add(new ResourceKey("", resource, namespace, name));
            }
        }
    }
}
