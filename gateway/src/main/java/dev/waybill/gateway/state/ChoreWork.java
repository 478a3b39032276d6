package dev.waybill.gateway.state;

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
        chores.namespaces().stream().limit(STEP).toList().forEach(name -> empty(draft, name));
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
        List<StoredObject> children = draft.image().childrenOf(owner);
        for (StoredObject child : children.stream().limit(STEP).toList()) {
            if (child.facts().owners().stream().anyMatch(uid -> draft.image().byUid(uid) != null)) {
                draft.replace(child, withoutOwner(child, owner));
            } else if (!child.deleting()) {
                Deletion.delete(draft, child, Deletion.Options.BACKGROUND);
            }
        }
        if (children.size() <= STEP) {
            draft.update(with(draft, draft.state().chores().withoutGoneOwner(owner)));
        }
    }

    private static void empty(Draft draft, String name) {
        StoredObject namespace = draft.get(new ResourceKey("", "namespaces", "", name));
        if (namespace == null) {
            draft.update(with(draft, draft.state().chores().withoutNamespace(name)));
            return;
        }
        List<StoredObject> contents = draft.image().contentsOf(name);
        if (contents.isEmpty()) {
            draft.remove(namespace);
            draft.update(with(draft, draft.state().chores().withoutNamespace(name)));
            return;
        }
        contents.stream().filter(object -> !object.deleting()).limit(STEP).forEach(object -> {
            StoredObject present = draft.get(object.key());
            if (present != null && present.uid().equals(object.uid()) && !present.deleting()) {
                Deletion.delete(draft, present, Deletion.Options.BACKGROUND);
            }
        });
    }

    private static void finalizing(Draft draft, ResourceKey key) {
        StoredObject object = draft.get(key);
        if (object == null || !object.deleting()) {
            draft.update(with(draft, draft.state().chores().withoutFinalizing(key)));
            return;
        }
        boolean orphan = Chores.has(object.json(), Chores.ORPHAN);
        List<StoredObject> children = draft.image().childrenOf(object.uid());
        boolean waits = false;
        for (StoredObject child : children.stream().limit(STEP).toList()) {
            if (orphan) {
                draft.replace(child, withoutOwner(child, object.uid()));
            } else {
                waits |= Chores.controls(child.json(), object.uid());
                if (!child.deleting()) {
                    Deletion.delete(draft, child, Deletion.Options.BACKGROUND);
                }
            }
        }
        if (children.size() > STEP
                || (waits && !draft.image().childrenOf(object.uid()).isEmpty())) {
            return;
        }
        draft.update(with(draft, draft.state().chores().withoutFinalizing(key)));
        StoredObject freed =
                draft.replace(object, Deletion.withoutFinalizer(object, orphan ? Chores.ORPHAN : Chores.FOREGROUND));
        Deletion.finish(draft, freed);
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

    private static WriterState with(Draft draft, Chores chores) {
        WriterState state = draft.state();
        return new WriterState(state.image(), state.requests(), chores, state.reports(), state.batches());
    }
}
