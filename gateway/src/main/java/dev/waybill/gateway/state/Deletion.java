package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ObjectFacts.Special;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletion: at once, or after a pod's grace period, or after finalizers and children. A pod goes through bound,
 * deletionTimestamp set, PodTerminated from its node, gone; unbound, ended and forced ones go at once. Stateless.
 */
final class Deletion {
    private static final Set<String> PERMANENT_NAMESPACES = Set.of("default", "kube-system", "kube-public");
    private static final long DEFAULT_GRACE_SECONDS = 30;

    private Deletion() {}

    /** What becomes of the children. */
    enum Propagation {
        BACKGROUND,
        FOREGROUND,
        ORPHAN
    }

    /** @param graceSeconds negative for the object's own */
    record Options(long graceSeconds, Propagation propagation) {
        static final Options BACKGROUND = new Options(-1, Propagation.BACKGROUND);
        static final Options FOREGROUND = new Options(-1, Propagation.FOREGROUND);
        static final Options FORCED = new Options(0, Propagation.BACKGROUND);

        static Options of(JsonNode options, DesiredStateRequest request) {
            Propagation propagation =
                    switch (Json.text(options, "propagationPolicy")) {
                        case "" ->
                            options.path("orphanDependents").asBoolean(false)
                                    ? Propagation.ORPHAN
                                    : Propagation.BACKGROUND;
                        case "Background" -> Propagation.BACKGROUND;
                        case "Foreground" -> Propagation.FOREGROUND;
                        case "Orphan" -> Propagation.ORPHAN;
                        default ->
                            throw Refusal.badRequest("propagationPolicy: Unsupported value: \""
                                            + Json.text(options, "propagationPolicy")
                                            + "\": supported values: \"Background\", \"Foreground\", \"Orphan\"")
                                    .asException();
                    };
            return new Options(Json.number(options, "gracePeriodSeconds", -1), propagation);
        }
    }

    /** Deletes an object or begins to; gives its last or its present state. */
    static StoredObject delete(Draft draft, StoredObject before, Options options) {
        if (isNamespace(before)) {
            return endNamespace(draft, before);
        }
        ObjectNode object = before.copy();
        ObjectNode metadata = Json.child(object, "metadata");
        long grace = before.pod() == null ? 0 : grace(before, before.pod(), options);
        if (!draft.image().indexes().children(before.uid()).keys().isEmpty()) {
            switch (options.propagation()) {
                case FOREGROUND -> addFinalizer(object, Chores.FOREGROUND);
                case ORPHAN -> addFinalizer(object, Chores.ORPHAN);
                case BACKGROUND -> {}
            }
        }
        if (grace == 0 && !Chores.hasFinalizers(object)) {
            return draft.remove(before);
        }
        if (before.deleting()) {
            long left = Json.number(metadata, "deletionGracePeriodSeconds", 0);
            if (grace >= left) {
                return draft.replace(before, object);
            }
        }
        Instant end = draft.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(grace);
        metadata.put("deletionTimestamp", end.toString());
        metadata.set("deletionGracePeriodSeconds", Json.number(grace));
        if (before.kind().generational() && !before.deleting()) {
            metadata.set("generation", Json.number(before.generation() + 1));
        }
        return draft.replace(before, object);
    }

    /** Removes an object whose last finalizer went; a pod only when nothing of it runs any more. */
    static StoredObject finish(Draft draft, StoredObject object) {
        if (!object.deleting() || Chores.hasFinalizers(object.json())) {
            return object;
        }
        if (isNamespace(object)) {
            return NamespaceEnd.held(object) ? object : draft.remove(object);
        }
        Special.Pod pod = object.pod();
        boolean over = pod == null
                || pod.terminal()
                || pod.nodeName().isEmpty()
                || Json.number(object.json().path("metadata"), "deletionGracePeriodSeconds", 0) == 0;
        return over ? draft.remove(object) : object;
    }

    /** The node is done with a deleted pod. */
    static void terminated(Draft draft, StoredObject pod) {
        if (!Chores.hasFinalizers(pod.json())) {
            draft.remove(pod);
            return;
        }
        ObjectNode object = pod.copy();
        Json.child(object, "metadata").set("deletionGracePeriodSeconds", Json.number(0));
        draft.replace(pod, object);
    }

    /** Whether only finalizers keep a pod that is deleted already. */
    static boolean waitsForNoNode(StoredObject pod) {
        return pod.deleting()
                && Chores.hasFinalizers(pod.json())
                && Json.number(pod.json().path("metadata"), "deletionGracePeriodSeconds", 0) == 0;
    }

    static void noNewFinalizers(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        for (JsonNode finalizer : object.path("metadata").path("finalizers")) {
            if (!Chores.has(old, finalizer.asString(""))) {
                errors.add(FieldError.forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, found new finalizers "
                                + "[]string{\"" + finalizer.asString("") + "\"}"));
            }
        }
    }

    static ObjectNode withoutFinalizer(StoredObject object, String finalizer) {
        ObjectNode copy = object.copy();
        ObjectNode metadata = Json.child(copy, "metadata");
        ArrayNode kept = Json.array();
        for (JsonNode each : metadata.path("finalizers")) {
            if (!each.asString("").equals(finalizer)) {
                kept.add(each);
            }
        }
        if (kept.isEmpty()) {
            metadata.remove("finalizers");
        } else {
            metadata.set("finalizers", kept);
        }
        return copy;
    }

    private static long grace(StoredObject object, Special.Pod pod, Options options) {
        if (pod.nodeName().isEmpty() || pod.terminal()) {
            return 0;
        }
        return options.graceSeconds() >= 0
                ? options.graceSeconds()
                : Math.max(
                        1,
                        Json.number(
                                object.json().path("spec"), "terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS));
    }

    private static StoredObject endNamespace(Draft draft, StoredObject before) {
        if (PERMANENT_NAMESPACES.contains(before.name())) {
            throw Refusal.forbidden(before.kind(), before.name(), "this namespace may not be deleted")
                    .asException();
        }
        if (before.deleting()) {
            return before;
        }
        ObjectNode object = before.copy();
        Json.child(object, "metadata").put("deletionTimestamp", draft.timestamp());
        Json.child(object, "status").put("phase", "Terminating");
        return draft.replace(before, object);
    }

    private static void addFinalizer(ObjectNode object, String finalizer) {
        if (!Chores.has(object, finalizer)) {
            Json.childArray(Json.child(object, "metadata"), "finalizers").add(finalizer);
        }
    }

    private static boolean isNamespace(StoredObject object) {
        return object.key().group().isEmpty() && object.key().resource().equals("namespaces");
    }
}
