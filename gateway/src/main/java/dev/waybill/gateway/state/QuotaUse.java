package dev.waybill.gateway.state;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is used of each amount that a ResourceQuota may name: by one object, and by all of a namespace
 * (k8s.io/kubernetes/pkg/quota/v1/evaluator/core). Stateless.
 */
final class QuotaUse {
    /** Objects that a quota names by their plain resource; all others are named count/resource.group. */
    private static final Set<String> PLAIN_COUNTS = Set.of(
            "configmaps", "secrets", "resourcequotas", "services", "replicationcontrollers", "persistentvolumeclaims");

    private static final String COUNT = "count/";
    private static final String OF_CLASS = ".storageclass.storage.k8s.io/";
    private static final String STORAGE = "requests.storage";
    private static final String CLAIMS = "persistentvolumeclaims";
    private static final String SERVICES = "services";

    private QuotaUse() {}

    /** An object that is counted; {@code pod} only where it is one that has not ended. */
    record Counted(Kind kind, ObjectNode object, Special.@Nullable Pod pod) {

        static Counted of(Kind kind, String namespace, ObjectNode object) {
            ResourceKey key = new ResourceKey(kind.group(), kind.plural(), namespace, "");
            return new Counted(
                    kind,
                    object,
                    ObjectFacts.of(key, object).special() instanceof Special.Pod pod && !pod.terminal() ? pod : null);
        }

        /** What it uses of a resource; null when it has nothing to do with it. */
        @Nullable
        Quantity use(String resource) {
            if (resource.equals(COUNT + kind.qualifiedResource())) {
                return Quantity.of(1);
            }
            if (pod != null) {
                Quantity amount = ofPods(resource, pod.use());
                return amount == null ? pod.more().get(resource) : amount;
            }
            String plural = kind.group().isEmpty() ? kind.plural() : "";
            if (PLAIN_COUNTS.contains(plural) && plural.equals(resource)) {
                return Quantity.of(1);
            }
            return switch (plural) {
                case SERVICES -> ofService(object, resource);
                case CLAIMS -> ofClaim(object, resource);
                default -> null;
            };
        }
    }

    /**
     * What is used of a resource in a namespace; null for a resource that nothing uses by that name.
     *
     * @param scopes which pods count
     * @param use what those pods use
     */
    static @Nullable Quantity ofNamespace(
            ResourceImage image, String namespace, String resource, QuotaScopes scopes, Use use) {
        Quantity ofPods = ofPods(resource, use);
        if (ofPods != null) {
            return ofPods;
        }
        if (resource.startsWith(COUNT)) {
            String counted = resource.substring(COUNT.length());
            int dot = counted.indexOf('.');
            return Quantity.of(
                    dot < 0
                            ? image.count("", counted, namespace)
                            : image.count(counted.substring(dot + 1), counted.substring(0, dot), namespace));
        }
        if (PLAIN_COUNTS.contains(resource)) {
            return Quantity.of(image.count("", resource, namespace));
        }
        if (resource.startsWith("services.")) {
            return sum(image, SERVICES, namespace, object -> ofService(object.json(), resource));
        }
        if (resource.equals(STORAGE) || resource.contains(OF_CLASS)) {
            return sum(image, CLAIMS, namespace, object -> ofClaim(object.json(), resource));
        }
        return ofMore(resource)
                ? sum(image, "pods", namespace, pod -> {
                    Special.Pod facts = pod.pod();
                    return facts == null || facts.terminal() || !scopes.matches(pod)
                            ? null
                            : facts.more().get(resource);
                })
                : null;
    }

    private static Quantity sum(
            ResourceImage image, String resource, String namespace, Function<StoredObject, @Nullable Quantity> amount) {
        Quantity sum = Quantity.ZERO;
        for (StoredObject object : image.list("", resource, namespace)) {
            Quantity each = amount.apply(object);
            if (each != null) {
                sum = sum.equals(Quantity.ZERO) ? each : sum.plus(each);
            }
        }
        return sum;
    }

    /** What quotas count of a pod beyond what nodes are filled by. */
    static Map<String, Quantity> more(PodResources resources, JsonNode spec) {
        Map<String, Quantity> more = new HashMap<>();
        resources.requests().forEach((name, amount) -> {
            if (!name.equals("cpu") && !name.equals("memory")) {
                more.put("requests." + name, amount);
                if (!name.contains("/")) {
                    more.put(name, amount); // an extended resource is counted by its requests alone
                }
            }
        });
        Quantity disk = spec.path("containers").isEmpty()
                ? null
                : PodResources.limitsSaid(spec).get("ephemeral-storage");
        if (disk != null) {
            more.put("limits.ephemeral-storage", disk);
        }
        return more.isEmpty() ? Map.of() : Map.copyOf(more);
    }

    private static boolean ofMore(String resource) {
        String plain = resource.startsWith("requests.") ? resource.substring("requests.".length()) : resource;
        return plain.equals("ephemeral-storage")
                || resource.equals("limits.ephemeral-storage")
                || plain.startsWith("hugepages-")
                || (resource.startsWith("requests.") && plain.contains("/"));
    }

    private static @Nullable Quantity ofPods(String resource, Use use) {
        return switch (resource) {
            case "pods" -> Quantity.of(use.pods());
            case "cpu", "requests.cpu" -> Quantity.ofMillis(use.cpuMillis());
            case "memory", "requests.memory" -> Quantity.ofBytes(use.memoryBytes());
            case "limits.cpu" -> Quantity.ofMillis(use.cpuLimitMillis());
            case "limits.memory" -> Quantity.ofBytes(use.memoryLimitBytes());
            default -> null;
        };
    }

    private static @Nullable Quantity ofService(ObjectNode service, String resource) {
        JsonNode spec = service.path("spec");
        String type = Json.text(spec, "type");
        boolean balanced = type.equals("LoadBalancer");
        return switch (resource) {
            case "services.loadbalancers" -> Quantity.of(balanced ? 1 : 0);
            case "services.nodeports" ->
                Quantity.of(
                        !balanced && !type.equals("NodePort")
                                ? 0
                                : spec.path("ports")
                                        .valueStream()
                                        .filter(port -> !balanced
                                                || spec.path("allocateLoadBalancerNodePorts")
                                                        .asBoolean(true)
                                                || Json.number(port, "nodePort", 0) != 0)
                                        .count());
            default -> null;
        };
    }

    private static @Nullable Quantity ofClaim(ObjectNode claim, String resource) {
        int of = resource.indexOf(OF_CLASS);
        String measured = of < 0 ? resource : resource.substring(of + OF_CLASS.length());
        if (!measured.equals(STORAGE) && !measured.equals(CLAIMS)) {
            return null;
        }
        if (of >= 0 && !resource.substring(0, of).equals(Json.text(claim, "spec", "storageClassName"))) {
            return Quantity.of(0);
        }
        return measured.equals(CLAIMS)
                ? Quantity.of(1)
                : Quantity.tryParse(claim.path("spec")
                                .path("resources")
                                .path("requests")
                                .path("storage")
                                .asString(""))
                        .orElse(Quantity.ZERO);
    }
}
