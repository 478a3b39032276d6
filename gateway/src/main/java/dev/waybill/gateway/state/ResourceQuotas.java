package dev.waybill.gateway.state;

import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ResourceQuota: what a namespace may use, held exactly, since used is a fold of the image and changes in the same
 * transaction as the objects it counts. Pods that have ended do not count. Stateless.
 */
final class ResourceQuotas {
    /** Objects that a quota names by their plain resource; all others are named count/resource.group. */
    private static final Set<String> PLAIN_COUNTS = Set.of(
            "configmaps", "secrets", "resourcequotas", "services", "replicationcontrollers", "persistentvolumeclaims");

    private ResourceQuotas() {}

    /** Refuses an object that does not fit; called before it is added. */
    static void admit(Draft draft, Kind kind, String namespace, String name, ObjectNode object) {
        if (uncounted(kind.group(), kind.plural())) {
            return;
        }
        for (StoredObject quota : draft.image().list("", "resourcequotas", namespace)) {
            if (quota.facts().special() instanceof Special.Quota special) {
                QuotaScopes scopes = QuotaScopes.of(quota.json());
                boolean pod = kind.qualifiedResource().equals("pods");
                if (scopes.isEmpty() || (pod && scopes.matches(object))) {
                    admit(draft, kind, namespace, name, object, quota.name(), special.hard(), scopes);
                }
            }
        }
    }

    private static void admit(
            Draft draft,
            Kind kind,
            String namespace,
            String name,
            ObjectNode object,
            String quota,
            Map<String, Quantity> hard,
            QuotaScopes scopes) {
        Map<String, Quantity> asked = new TreeMap<>();
        if (kind.plural().equals("pods") && kind.group().isEmpty()) {
            mustSpecify(kind, name, object, quota, hard);
            ObjectFacts facts = ObjectFacts.of(new ResourceKey("", "pods", namespace, name), object);
            if (facts.special() instanceof Special.Pod pod) {
                hard.keySet().forEach(resource -> {
                    Quantity amount = ofPods(resource, pod.use());
                    if (amount != null) {
                        asked.put(resource, amount);
                    }
                });
            }
        }
        for (String resource : List.of(countName(kind), kind.plural())) {
            if (hard.containsKey(resource) && !resource.equals("pods") && scopes.isEmpty()) {
                asked.put(resource, Quantity.of(1));
            }
        }
        asked.values().removeIf(amount -> amount.amount().signum() == 0);
        Use use = scopes.use(draft.image(), namespace);
        Map<String, Quantity> used = new TreeMap<>();
        Map<String, Quantity> limited = new TreeMap<>();
        asked.keySet().removeIf(resource -> {
            Quantity limit = hard.get(resource);
            Quantity now = used(draft.image(), namespace, resource, use);
            if (limit == null || now == null || now.plus(asked.get(resource)).compareTo(limit) <= 0) {
                return true;
            }
            used.put(resource, now);
            limited.put(resource, limit);
            return false;
        });
        if (!asked.isEmpty()) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "exceeded quota: " + quota + ", requested: " + shown(asked) + ", used: " + shown(used)
                                    + ", limited: " + shown(limited))
                    .asException();
        }
    }

    /** A quota on an amount makes every container say its own. */
    private static void mustSpecify(Kind kind, String name, ObjectNode pod, String quota, Map<String, Quantity> hard) {
        Map<String, List<String>> missing = new TreeMap<>();
        for (String resource : new TreeSet<>(hard.keySet())) {
            String field = resource.startsWith("limits.") ? "limits" : "requests";
            String amount = resource.substring(resource.indexOf('.') + 1);
            if (!amount.equals("cpu") && !amount.equals("memory")) {
                continue;
            }
            for (String list : List.of("containers", "initContainers")) {
                for (JsonNode container : pod.path("spec").path(list)) {
                    if (Json.absent(container.path("resources").path(field), amount)) {
                        missing.computeIfAbsent(resource, key -> new ArrayList<>())
                                .add(Json.text(container, "name"));
                    }
                }
            }
        }
        if (!missing.isEmpty()) {
            List<String> parts = new ArrayList<>();
            missing.forEach((resource, containers) -> parts.add(resource + " for: " + String.join(",", containers)));
            throw Refusal.forbidden(kind, name, "failed quota: " + quota + ": must specify " + String.join("; ", parts))
                    .asException();
        }
    }

    /** Events are counted by no quota, as in Kubernetes: what is told of a full namespace must find room in it. */
    private static boolean uncounted(String group, String resource) {
        return group.isEmpty() && resource.equals("events");
    }

    /** Whether a change can move what a quota counts. */
    static boolean concerns(ResourceDelta delta) {
        if (delta.key().namespace().isEmpty()
                || uncounted(delta.key().group(), delta.key().resource())) {
            return false;
        }
        Special.Pod pod = delta.object().pod();
        if (pod != null && delta.change() == ResourceDelta.Change.MODIFIED && delta.previous() != null) {
            Special.Pod before = delta.previous().pod();
            return before == null
                    || before.terminal() != pod.terminal()
                    || !before.use().equals(pod.use());
        }
        return delta.change() != ResourceDelta.Change.MODIFIED
                || delta.object().facts().special() instanceof Special.Quota;
    }

    /** Writes hard and used into the status of every quota of a namespace where they changed. */
    static void settle(Draft draft, String namespace) {
        for (StoredObject quota : draft.image().list("", "resourcequotas", namespace)) {
            if (!(quota.facts().special() instanceof Special.Quota special)) {
                continue;
            }
            ObjectNode status = Json.object();
            ObjectNode hard = status.putObject("hard");
            ObjectNode used = status.putObject("used");
            Use use = QuotaScopes.of(quota.json()).use(draft.image(), namespace);
            for (String resource : new TreeSet<>(special.hard().keySet())) {
                hard.put(resource, String.valueOf(special.hard().get(resource)));
                Quantity now = used(draft.image(), namespace, resource, use);
                if (now != null) {
                    used.put(resource, now.toString());
                }
            }
            if (!status.equals(quota.json().path("status"))) {
                ObjectNode changed = quota.json().objectNode();
                changed.setAll(quota.json());
                changed.set("metadata", quota.json().path("metadata").deepCopy());
                changed.set("status", status);
                draft.replace(quota, changed);
            }
        }
    }

    /** @param use what the pods use that the quota is about */
    private static @Nullable Quantity used(ResourceImage image, String namespace, String resource, Use use) {
        Quantity ofPods = ofPods(resource, use);
        if (ofPods != null) {
            return ofPods;
        }
        if (resource.startsWith("count/")) {
            String counted = resource.substring("count/".length());
            int dot = counted.indexOf('.');
            return Quantity.of(
                    dot < 0
                            ? image.count("", counted, namespace)
                            : image.count(counted.substring(dot + 1), counted.substring(0, dot), namespace));
        }
        return PLAIN_COUNTS.contains(resource) ? Quantity.of(image.count("", resource, namespace)) : null;
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

    private static String countName(Kind kind) {
        return "count/" + kind.qualifiedResource();
    }

    private static String shown(Map<String, Quantity> amounts) {
        Map<String, String> parts = new LinkedHashMap<>();
        amounts.forEach((resource, amount) -> parts.put(resource, resource + "=" + amount));
        return String.join(",", parts.values());
    }
}
