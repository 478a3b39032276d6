package dev.waybill.gateway.state;

import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import dev.waybill.gateway.state.QuotaUse.Counted;
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
    /** Objects besides pods that may ask for more while they live. */
    private static final Set<String> RESIZED = Set.of("services", "persistentvolumeclaims");

    private ResourceQuotas() {}

    /**
     * Refuses what does not fit: an object before it is added, or a change before it is made.
     *
     * @param old the object before a change, of which only what it adds is asked for; null when it is new
     */
    static void admit(
            Draft draft, Kind kind, String namespace, String name, ObjectNode object, @Nullable ObjectNode old) {
        if (uncounted(kind.group(), kind.plural())) {
            return;
        }
        List<StoredObject> quotas = draft.image().list("", "resourcequotas", namespace);
        if (quotas.isEmpty()) {
            return;
        }
        Counted counted = Counted.of(kind, namespace, object);
        Counted before = old == null ? null : Counted.of(kind, namespace, old);
        boolean pod = kind.qualifiedResource().equals("pods");
        for (StoredObject quota : quotas) {
            if (!(quota.facts().special() instanceof Special.Quota special)) {
                continue;
            }
            QuotaScopes scopes = QuotaScopes.of(quota.json());
            if (scopes.isEmpty() || (pod && scopes.matches(object))) {
                if (pod && old == null) {
                    mustSpecify(kind, name, object, quota.name(), special.hard());
                }
                Map<String, Quantity> asked =
                        asked(counted, before, special.hard().keySet());
                admit(draft, kind, namespace, name, asked, quota.name(), special.hard(), scopes);
            }
        }
    }

    private static Map<String, Quantity> asked(Counted object, @Nullable Counted old, Set<String> resources) {
        Map<String, Quantity> asked = new TreeMap<>();
        for (String resource : resources) {
            Quantity amount = object.use(resource);
            Quantity before = old == null ? null : old.use(resource);
            if (amount != null) {
                asked.put(resource, before == null ? amount : amount.minus(before));
            }
        }
        asked.values().removeIf(amount -> amount.amount().signum() <= 0);
        return asked;
    }

    private static void admit(
            Draft draft,
            Kind kind,
            String namespace,
            String name,
            Map<String, Quantity> asked,
            String quota,
            Map<String, Quantity> hard,
            QuotaScopes scopes) {
        if (asked.isEmpty()) {
            return;
        }
        Use use = scopes.use(draft.image(), namespace);
        Map<String, Quantity> used = new TreeMap<>();
        Map<String, Quantity> limited = new TreeMap<>();
        asked.keySet().removeIf(resource -> {
            Quantity limit = hard.get(resource);
            Quantity now = QuotaUse.ofNamespace(draft.image(), namespace, resource, scopes, use);
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
                    || !before.use().equals(pod.use())
                    || !before.more().equals(pod.more());
        }
        return delta.change() != ResourceDelta.Change.MODIFIED
                || delta.object().facts().special() instanceof Special.Quota
                || (delta.key().group().isEmpty()
                        && RESIZED.contains(delta.key().resource()));
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
            QuotaScopes scopes = QuotaScopes.of(quota.json());
            Use use = scopes.use(draft.image(), namespace);
            for (String resource : new TreeSet<>(special.hard().keySet())) {
                hard.put(resource, String.valueOf(special.hard().get(resource)));
                Quantity now = QuotaUse.ofNamespace(draft.image(), namespace, resource, scopes, use);
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

    private static String shown(Map<String, Quantity> amounts) {
        Map<String, String> parts = new LinkedHashMap<>();
        amounts.forEach((resource, amount) -> parts.put(resource, resource + "=" + amount));
        return String.join(",", parts.values());
    }
}
