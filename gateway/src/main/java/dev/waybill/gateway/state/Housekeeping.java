package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries out chores on a draft, a limited number of changes at a time: children of gone owners go, children come before
 * an owner that is deleted in the foreground, orphans lose their reference, ended namespaces empty. One thread.
 */
final class Housekeeping {
    private final Draft draft;
    private int left;

    Housekeeping(Draft draft, int limit) {
        this.draft = draft;
        this.left = limit;
    }

    void run() {
        Chores chores = draft.state().chores();
        for (String owner : chores.goneOwners()) {
            collect(owner);
        }
        for (ResourceKey key : chores.finalizing()) {
            finalizeObject(key);
        }
        for (String namespace : chores.namespaces()) {
            empty(namespace);
        }
    }

    private void collect(String owner) {
        for (StoredObject child : draft.image().childrenOf(owner)) {
            if (left <= 0) {
                return;
            }
            if (hasOtherOwner(child, owner)) {
                release(child, owner);
            } else if (!child.deleting()) {
                left--;
                Deletion.delete(draft, child, Deletion.Options.BACKGROUND);
            }
        }
        boolean waiting = draft.image().childrenOf(owner).stream().anyMatch(child -> !child.deleting());
        if (!waiting) {
            // Those that take their time are being deleted already and need no further push.
            draft.update(without(draft.state(), draft.state().chores().withoutGoneOwner(owner)));
        }
    }

    private void finalizeObject(ResourceKey key) {
        StoredObject object = draft.get(key);
        if (object == null || !object.deleting()) {
            draft.update(without(draft.state(), draft.state().chores().withoutFinalizing(key)));
            return;
        }
        boolean orphan = Chores.has(object.json(), Chores.ORPHAN);
        boolean foreground = Chores.has(object.json(), Chores.FOREGROUND);
        boolean blocked = false;
        for (StoredObject child : draft.image().childrenOf(object.uid())) {
            if (left <= 0) {
                return;
            }
            if (orphan) {
                release(child, object.uid());
            } else if (foreground) {
                boolean blocks = Chores.controls(child.json(), object.uid());
                if (!child.deleting()) {
                    left--;
                    Deletion.delete(draft, child, new Deletion.Options(-1, Deletion.Propagation.FOREGROUND));
                }
                blocked |= blocks && draft.get(child.key()) != null;
            }
        }
        if (blocked) {
            return;
        }
        left--;
        StoredObject free =
                draft.replace(object, Deletion.withoutFinalizer(object, orphan ? Chores.ORPHAN : Chores.FOREGROUND));
        Deletion.finish(draft, free);
        draft.update(without(draft.state(), draft.state().chores().withoutFinalizing(key)));
    }

    private void empty(String namespace) {
        StoredObject home = draft.get(new ResourceKey("", "namespaces", "", namespace));
        if (home == null) {
            draft.update(without(draft.state(), draft.state().chores().withoutNamespace(namespace)));
            return;
        }
        List<StoredObject> contents = draft.image().contentsOf(namespace);
        for (StoredObject object : contents) {
            if (left <= 0) {
                return;
            }
            if (!object.deleting() && draft.get(object.key()) != null) {
                left--;
                Deletion.delete(draft, object, Deletion.Options.BACKGROUND);
            }
        }
        if (!draft.image().contentsOf(namespace).isEmpty()) {
            return;
        }
        left--;
        if (!Chores.hasFinalizers(home.json())) {
            draft.remove(home);
        }
        draft.update(without(draft.state(), draft.state().chores().withoutNamespace(namespace)));
    }

    private boolean hasOtherOwner(StoredObject child, String gone) {
        for (String owner : child.facts().owners()) {
            if (!owner.equals(gone) && draft.image().byUid(owner) != null) {
                return true;
            }
        }
        return false;
    }

    private void release(StoredObject child, String owner) {
        left--;
        ObjectNode object = child.copy();
        ObjectNode metadata = Json.child(object, "metadata");
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
        draft.replace(child, object);
    }

    private static WriterState without(WriterState state, Chores chores) {
        return new WriterState(state.image(), state.requests(), chores, state.reports(), state.batches());
    }
}
