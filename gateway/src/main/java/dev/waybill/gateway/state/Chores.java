package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.Json;
import java.time.Instant;
import org.pcollections.HashTreePSet;
import org.pcollections.MapPSet;
import tools.jackson.databind.JsonNode;

/**
 * Work that changes leave behind, found again from the image after a takeover. Immutable.
 *
 * @param goneOwners uids of owners that do not exist and had children
 * @param goneNodes names of nodes that do not exist and had pods
 * @param namespaces namespaces that end
 * @param finalizing deleted objects whose children come first: foreground and orphan deletion
 * @param expiring Events, which are removed some time after they were last written
 */
record Chores(
        MapPSet<String> goneOwners,
        MapPSet<String> goneNodes,
        MapPSet<String> namespaces,
        MapPSet<ResourceKey> finalizing,
        Expiry expiring) {
    static final String FOREGROUND = "foregroundDeletion";
    static final String ORPHAN = "orphan";
    static final Chores NONE = new Chores(
            HashTreePSet.empty(), HashTreePSet.empty(), HashTreePSet.empty(), HashTreePSet.empty(), Expiry.NONE);

    static Chores of(ResourceImage image, Instant now) {
        Chores chores = NONE.with(Expiry.of(image, now));
        for (String owner : image.indexes().children().keySet()) {
            if (image.byUid(owner) == null) {
                chores = chores.withGoneOwner(owner);
            }
        }
        for (String node : image.indexes().nodes().keySet()) {
            if (image.get(new ResourceKey("", "nodes", "", node)) == null) {
                chores = chores.withGoneNode(node);
            }
        }
        for (StoredObject object : image.deleting()) {
            chores = chores.noticed(object);
        }
        return chores;
    }

    /** Whether there is nothing to do now. */
    boolean isIdle(Instant now) {
        return goneOwners.isEmpty()
                && goneNodes.isEmpty()
                && namespaces.isEmpty()
                && finalizing.isEmpty()
                && expiring.isIdle(now);
    }

    Chores withGoneOwner(String uid) {
        return new Chores(goneOwners.plus(uid), goneNodes, namespaces, finalizing, expiring);
    }

    Chores withoutGoneOwner(String uid) {
        return new Chores(goneOwners.minus(uid), goneNodes, namespaces, finalizing, expiring);
    }

    Chores withGoneNode(String name) {
        return new Chores(goneOwners, goneNodes.plus(name), namespaces, finalizing, expiring);
    }

    Chores withoutGoneNode(String name) {
        return new Chores(goneOwners, goneNodes.minus(name), namespaces, finalizing, expiring);
    }

    private Chores with(Expiry events) {
        return new Chores(goneOwners, goneNodes, namespaces, finalizing, events);
    }

    Chores withoutNamespace(String name) {
        return new Chores(goneOwners, goneNodes, namespaces.minus(name), finalizing, expiring);
    }

    Chores withoutFinalizing(ResourceKey key) {
        return new Chores(goneOwners, goneNodes, namespaces, finalizing.minus(key), expiring);
    }

    /** With what a change leaves behind; {@code image} is the one after it. */
    Chores after(ResourceDelta delta, ResourceImage image) {
        StoredObject object = delta.object();
        if (Expiry.concerns(delta.key())) {
            return with(expiring.after(delta));
        }
        if (delta.change() == ResourceDelta.Change.DELETED) {
            if (isNode(object) && !image.podsOn(object.name()).isEmpty()) {
                return withGoneNode(object.name());
            }
            return image.indexes().children(object.uid()).keys().isEmpty() ? this : withGoneOwner(object.uid());
        }
        Chores next = this;
        for (String owner : object.facts().owners()) {
            if (image.byUid(owner) == null) {
                next = next.withGoneOwner(owner);
            }
        }
        return next.noticed(object);
    }

    private Chores noticed(StoredObject object) {
        if (!object.deleting()) {
            return this;
        }
        if (object.key().resource().equals("namespaces") && object.key().group().isEmpty()) {
            return new Chores(goneOwners, goneNodes, namespaces.plus(object.name()), finalizing, expiring);
        }
        for (JsonNode finalizer : object.json().path("metadata").path("finalizers")) {
            String name = finalizer.asString("");
            if (name.equals(FOREGROUND) || name.equals(ORPHAN) || name.equals(CustomKinds.CLEANUP)) {
                return new Chores(goneOwners, goneNodes, namespaces, finalizing.plus(object.key()), expiring);
            }
        }
        return this;
    }

    private static boolean isNode(StoredObject object) {
        return object.key().group().isEmpty() && object.key().resource().equals("nodes");
    }

    static boolean has(JsonNode object, String finalizer) {
        for (JsonNode each : object.path("metadata").path("finalizers")) {
            if (each.asString("").equals(finalizer)) {
                return true;
            }
        }
        return false;
    }

    static boolean hasFinalizers(JsonNode object) {
        return !object.path("metadata").path("finalizers").isEmpty();
    }

    static boolean controls(JsonNode child, String ownerUid) {
        for (JsonNode owner : child.path("metadata").path("ownerReferences")) {
            if (Json.text(owner, "uid").equals(ownerUid)) {
                return owner.path("blockOwnerDeletion").asBoolean(false);
            }
        }
        return false;
    }
}
