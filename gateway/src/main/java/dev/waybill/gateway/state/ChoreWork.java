package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One bounded step of the work that deletions leave behind. Stateless. */
final class ChoreWork {
    private static final int STEP = 100;

    /** Removing Events must not hold up what people wait for. */
    private static final int EVENTS = 20;

    private ChoreWork() {}

    static void step(Draft draft) {
        Chores chores = draft.state().chores();
        chores.goneOwners().stream().limit(STEP).toList().forEach(owner -> collect(draft, owner));
        chores.goneNodes().stream().limit(STEP).toList().forEach(name -> evict(draft, name));
        chores.namespaces().stream().limit(STEP).toList().forEach(name -> NamespaceEnd.step(draft, name));
        chores.finalizing().stream().limit(STEP).toList().forEach(key -> finalizing(draft, key));
        chores.expiring().due(draft.now(), EVENTS).forEach(key -> expire(draft, key));
    }

    private static void expire(Draft draft, ResourceKey key) {
        StoredObject event = draft.get(key);
        if (event != null) {
            draft.remove(event);
        }
    }

    /** Children whose last owner is gone go too; others only lose the reference. */
    private static void collect(Draft draft, String owner) {
        List<StoredObject> children = draft.image().childrenOf(owner).stream()
                .filter(child -> !child.deleting())
                .toList();
        for (StoredObject child : children.stream().limit(STEP).toList()) {
            if (heldBesides(draft, child, owner)) {
                draft.replace(child, withoutOwner(child, owner));
            } else {
                Deletion.delete(draft, child, Deletion.Options.BACKGROUND);
            }
        }
        if (children.size() <= STEP) {
            draft.update(with(draft, draft.state().chores().withoutGoneOwner(owner)));
        }
    }

    /** Nobody is left to end the pods of a node that is gone. */
    private static void evict(Draft draft, String node) {
        boolean back = draft.get(new ResourceKey("", "nodes", "", node)) != null;
        List<StoredObject> pods = back
                ? List.of()
                : draft.image().podsOn(node).stream()
                        .filter(pod -> !Deletion.waitsForNoNode(pod))
                        .toList();
        pods.stream().limit(STEP).forEach(pod -> Deletion.delete(draft, pod, Deletion.Options.FORCED));
        if (pods.size() <= STEP) {
            draft.update(with(draft, draft.state().chores().withoutGoneNode(node)));
        }
    }

    private static void finalizing(Draft draft, ResourceKey key) {
        StoredObject object = draft.get(key);
        if (object == null || !object.deleting()) {
            draft.update(with(draft, draft.state().chores().withoutFinalizing(key)));
            return;
        }
        if (Chores.has(object.json(), CustomKinds.CLEANUP)) {
            cleanUp(draft, object);
            return;
        }
        boolean orphan = Chores.has(object.json(), Chores.ORPHAN);
        List<StoredObject> children = draft.image().childrenOf(object.uid());
        List<StoredObject> next = children.stream()
                .filter(child -> orphan || !child.deleting())
                .limit(STEP)
                .toList();
        for (StoredObject child : next) {
            if (orphan || heldBesides(draft, child, object.uid())) {
                draft.replace(child, withoutOwner(child, object.uid()));
            } else {
                Deletion.delete(draft, child, withChildren(draft, child));
            }
        }
        boolean waits = !orphan
                && draft.image().childrenOf(object.uid()).stream()
                        .anyMatch(child -> Chores.controls(child.json(), object.uid()));
        if (next.size() == STEP || waits) {
            return;
        }
        draft.update(with(draft, draft.state().chores().withoutFinalizing(key)));
        StoredObject freed =
                draft.replace(object, Deletion.withoutFinalizer(object, orphan ? Chores.ORPHAN : Chores.FOREGROUND));
        Deletion.finish(draft, freed);
    }

    /** Whether another owner holds a child: one that is there and does not wait for its own children to end. */
    private static boolean heldBesides(Draft draft, StoredObject child, String owner) {
        return child.facts().owners().stream()
                .filter(uid -> !uid.equals(owner))
                .map(uid -> draft.image().byUid(uid))
                .anyMatch(other -> other != null && !waits(other));
    }

    /** A child of an owner that waits for it waits for its own children too, unless one of them waits for it. */
    private static Deletion.Options withChildren(Draft draft, StoredObject child) {
        List<StoredObject> children = draft.image().childrenOf(child.uid());
        return children.isEmpty() || children.stream().anyMatch(ChoreWork::waits)
                ? Deletion.Options.BACKGROUND
                : Deletion.Options.FOREGROUND;
    }

    private static boolean waits(StoredObject owner) {
        return owner.deleting() && Chores.has(owner.json(), Chores.FOREGROUND);
    }

    /** The objects of a definition end before it does; those with finalizers of their own hold it. */
    private static void cleanUp(Draft draft, StoredObject definition) {
        List<StoredObject> left = Definitions.objects(draft, definition);
        left.stream()
                .filter(object -> !object.deleting())
                .limit(STEP)
                .forEach(object -> Deletion.delete(draft, object, Deletion.Options.BACKGROUND));
        if (!Definitions.objects(draft, definition).isEmpty()) {
            return;
        }
        draft.update(with(draft, draft.state().chores().withoutFinalizing(definition.key())));
        Deletion.finish(draft, draft.replace(definition, Deletion.withoutFinalizer(definition, CustomKinds.CLEANUP)));
    }

    private static ObjectNode withoutOwner(StoredObject child, String owner) {
        ObjectNode copy = child.copy();
        ObjectNode metadata = Json.child(copy, "metadata");
        ArrayNode kept = Json.array();
        for (JsonNode reference : metadata.path("ownerReferences")) {
            if (!Json.text(reference, "uid").equals(owner)) {
                kept.add(reference);
            }
        }
        if (kept.isEmpty()) {
            metadata.remove("ownerReferences");
        } else {
            metadata.set("ownerReferences", kept);
        }
        return copy;
    }

    static WriterState with(Draft draft, Chores chores) {
        WriterState state = draft.state();
        return new WriterState(state.image(), state.requests(), chores, state.reports(), state.batches());
    }
}
