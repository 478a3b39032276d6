package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a pod gets of its PriorityClass, in the words of Kubernetes' admission plugin of that name. Stateless. */
final class PriorityClasses {
    private static final String GROUP = "scheduling.k8s.io";
    private static final String RESOURCE = "priorityclasses";
    private static final String POLICY = "preemptionPolicy";
    private static final String PREEMPTS = "PreemptLowerPriority";

    /** What every cluster has. */
    private record Standard(String name, int value, String description) {}

    private static final List<Standard> STANDARD = List.of(
            new Standard(
                    "system-cluster-critical",
                    2_000_000_000,
                    "Used for system critical pods that must run in the cluster, but can be moved to another node if"
                            + " necessary."),
            new Standard(
                    "system-node-critical",
                    2_000_001_000,
                    "Used for system critical pods that must not be moved from their current node."));

    private PriorityClasses() {}

    /** Gives a new pod its class's priority, and refuses what contradicts it. */
    static void complete(Draft draft, Kind kind, String name, ObjectNode spec) {
        String className = Json.text(spec, "priorityClassName");
        StoredObject found =
                className.isEmpty() ? standard(draft, "") : draft.get(new ResourceKey(GROUP, RESOURCE, "", className));
        if (found == null && !className.isEmpty()) {
            throw Refusal.forbidden(kind, name, "no PriorityClass with name " + className + " was found")
                    .asException();
        }
        long priority = found == null ? 0 : Json.number(found.json(), "value", 0);
        String policy = found == null ? PREEMPTS : Json.text(found.json(), POLICY);
        if (found != null) {
            spec.put("priorityClassName", found.name());
        }
        if (!Json.absent(spec, "priority") && Json.number(spec, "priority", 0) != priority) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "the integer value of priority ("
                                    + spec.path("priority").asString("")
                                    + ") must not be provided in pod spec; priority admission controller computed "
                                    + priority + " from the given PriorityClass name")
                    .asException();
        }
        spec.set("priority", Json.number(priority));
        String own = Json.text(spec, POLICY);
        if (!own.isEmpty() && !policy.isEmpty() && !own.equals(policy)) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "the string value of PreemptionPolicy (" + own
                                    + ") must not be provided in pod spec; priority admission controller computed "
                                    + policy + " from the given PriorityClass name")
                    .asException();
        }
        if (!policy.isEmpty()) {
            spec.put(POLICY, policy);
        }
    }

    /** A pod that is written again without what it got keeps it. */
    static void carry(Kind kind, ObjectNode object, ObjectNode old) {
        if (!kind.qualifiedResource().equals("pods") || !(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        for (String field : List.of("priority", POLICY)) {
            JsonNode before = old.path("spec").path(field);
            if (Json.absent(spec, field) && !before.isMissingNode()) {
                spec.set(field, before);
            }
        }
    }

    /** There is one class for pods that name none. */
    static void admit(Draft draft, Kind kind, String name, ObjectNode object) {
        if (kind.plural().equals(RESOURCE)
                && kind.group().equals(GROUP)
                && object.path("globalDefault").asBoolean(false)) {
            StoredObject other = standard(draft, name);
            if (other != null) {
                throw Refusal.forbidden(
                                kind,
                                name,
                                "PriorityClass " + other.name()
                                        + " is already marked as default. Only one default can exist")
                        .asException();
            }
        }
    }

    /** The class for pods that name none, but for one; null when there is none. */
    private static @Nullable StoredObject standard(Draft draft, String butFor) {
        for (StoredObject each : draft.image().list(GROUP, RESOURCE, null)) {
            if (!each.name().equals(butFor) && each.json().path("globalDefault").asBoolean(false)) {
                return each;
            }
        }
        return null;
    }

    /** The system's own stay. */
    static void checkDeletion(StoredObject object) {
        if (object.key().resource().equals(RESOURCE)
                && object.key().group().equals(GROUP)
                && STANDARD.stream().anyMatch(standard -> standard.name().equals(object.name()))) {
            throw Refusal.forbidden(
                            object.kind(), object.name(), "this is a system priority class and cannot be deleted")
                    .asException();
        }
    }

    static void bootstrap(Draft draft) {
        for (Standard standard : STANDARD) {
            if (draft.get(new ResourceKey(GROUP, RESOURCE, "", standard.name())) == null) {
                ObjectNode object = Json.object();
                object.put("apiVersion", GROUP + "/v1").put("kind", "PriorityClass");
                object.putObject("metadata").put("name", standard.name());
                object.put("value", standard.value())
                        .put("description", standard.description())
                        .put(POLICY, PREEMPTS);
                draft.add(draft.kind(GROUP + "/v1", "PriorityClass"), object);
            }
        }
    }
}
