package dev.waybill.gateway.state;

import dev.waybill.events.QuotaReserved;
import dev.waybill.events.QuotaWaiting;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * QuotaPools: pods of member namespaces start gated, and the gate is lifted on a reservation, after the pool's limit was
 * checked against the writer's own fold. Stateless.
 */
final class QuotaPools {
    private QuotaPools() {}

    static void gate(ObjectNode spec) {
        ArrayNode gates = Json.childArray(spec, "schedulingGates");
        for (JsonNode gate : gates) {
            if (Json.text(gate, "name").equals(ObjectFacts.QUOTA_GATE)) {
                return;
            }
        }
        gates.addObject().put("name", ObjectFacts.QUOTA_GATE);
    }

    static void reserved(Draft draft, QuotaReserved event) {
        StoredObject pod = gated(draft, event.getNamespace(), event.getName(), event.getPodUid());
        if (pod == null || pod.pod() == null) {
            return;
        }
        StoredObject pool = draft.get(new ResourceKey("waybill.dev", "quotapools", "", event.getPool()));
        boolean member = event.getPool().equals(draft.image().indexes().poolOf(pod.namespace()));
        if (pool != null && member && pool.facts().special() instanceof Special.Pool limits) {
            if (!within(used(draft, limits).plus(pod.pod().use()), limits.capacity())) {
                explain(draft, pod, "quota pool " + event.getPool() + " has no room for the pod");
                return;
            }
        } else if (draft.image().indexes().poolOf(pod.namespace()) != null) {
            explain(draft, pod, "quota pool " + event.getPool() + " is not the pool of namespace " + pod.namespace());
            return;
        }
        lift(draft, pod);
    }

    /** Whether the pool of a namespace has room for what one of its pods wants from now on. */
    static boolean hasRoom(Draft draft, String namespace, Use before, Use after) {
        String name = draft.image().indexes().poolOf(namespace);
        StoredObject pool = name == null ? null : draft.get(new ResourceKey("waybill.dev", "quotapools", "", name));
        return pool == null
                || !(pool.facts().special() instanceof Special.Pool limits)
                || within(used(draft, limits).minus(before).plus(after), limits.capacity());
    }

    private static Use used(Draft draft, Special.Pool pool) {
        Use used = Use.NONE;
        for (String namespace : pool.namespaces()) {
            used = used.plus(draft.image().indexes().namespace(namespace).ungated());
        }
        return used;
    }

    static void waiting(Draft draft, QuotaWaiting event) {
        StoredObject pod = gated(draft, event.getNamespace(), event.getName(), event.getPodUid());
        if (pod != null) {
            explain(draft, pod, event.getMessage());
        }
    }

    private static @org.jspecify.annotations.Nullable StoredObject gated(
            Draft draft, String namespace, String name, String uid) {
        StoredObject pod = draft.pod(namespace, name, uid);
        return pod != null && pod.pod() != null && pod.pod().quotaGated() && !pod.deleting() ? pod : null;
    }

    private static void explain(Draft draft, StoredObject pod, String message) {
        ObjectNode object = pod.copy();
        Conditions.set(object, "PodScheduled", "False", "SchedulingGated", message, draft.timestamp());
        draft.replace(pod, object);
    }

    private static void lift(Draft draft, StoredObject pod) {
        ObjectNode object = pod.copy();
        ObjectNode spec = Json.child(object, "spec");
        ArrayNode kept = Json.array();
        for (JsonNode gate : spec.path("schedulingGates")) {
            if (!Json.text(gate, "name").equals(ObjectFacts.QUOTA_GATE)) {
                kept.add(gate);
            }
        }
        if (kept.isEmpty()) {
            spec.remove("schedulingGates");
            Conditions.remove(object, "PodScheduled");
        } else {
            spec.set("schedulingGates", kept);
            Conditions.set(
                    object,
                    "PodScheduled",
                    "False",
                    "SchedulingGated",
                    "Scheduling is blocked due to non-empty scheduling gates",
                    draft.timestamp());
        }
        draft.replace(pod, object);
    }

    private static boolean within(Use use, Use capacity) {
        return use.pods() <= capacity.pods()
                && use.cpuMillis() <= capacity.cpuMillis()
                && use.memoryBytes() <= capacity.memoryBytes();
    }
}
