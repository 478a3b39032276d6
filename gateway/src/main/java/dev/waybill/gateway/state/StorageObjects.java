package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the cluster's state adds to new claims and volumes: the default class, and the finalizers that keep what is in use
 * (Kubernetes' admission plugins DefaultStorageClass and StorageObjectInUseProtection); and the class of local
 * directories. Stateless.
 */
final class StorageObjects {
    static final String VOLUMES = "persistentvolumes";
    /** On a volume that a node made: which node that is. */
    private static final String ON = "waybill.dev/node";

    private static final String GROUP = "storage.k8s.io";
    private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";
    private static final String CLASS = "storageClassName";

    private StorageObjects() {}

    static void complete(Draft draft, Kind kind, ObjectNode object) {
        if (!kind.group().isEmpty()) {
            return;
        }
        switch (kind.plural()) {
            case ObjectFacts.CLAIMS -> {
                protect(object, "kubernetes.io/pvc-protection");
                if (object.get("spec") instanceof ObjectNode spec && Json.absent(spec, CLASS)) {
                    StoredObject standard = standard(draft);
                    if (standard != null) {
                        spec.put(CLASS, standard.name());
                    }
                }
            }
            case VOLUMES -> protect(object, "kubernetes.io/pv-protection");
            default -> {}
        }
    }

    private static void protect(ObjectNode object, String finalizer) {
        if (!Chores.has(object, finalizer)) {
            Json.childArray(Json.child(object, "metadata"), "finalizers").add(finalizer);
        }
    }

    /** The youngest of the classes that are the default. */
    private static @Nullable StoredObject standard(Draft draft) {
        StoredObject youngest = null;
        for (StoredObject each : draft.image().list(GROUP, "storageclasses", null)) {
            boolean marked = Json.text(each.json().path("metadata").path("annotations"), DEFAULT)
                    .equals("true");
            if (marked && (youngest == null || created(each).compareTo(created(youngest)) > 0)) {
                youngest = each;
            }
        }
        return youngest;
    }

    private static String created(StoredObject object) {
        return Json.text(object.json(), "metadata", "creationTimestamp");
    }

    /** Made once; whoever wants another default takes the mark off. */
    static void bootstrap(Draft draft) {
        String name = "local-directory";
        if (draft.get(new ResourceKey(GROUP, "storageclasses", "", name)) != null) {
            return;
        }
        ObjectNode local = Json.object();
        local.put("apiVersion", GROUP + "/v1").put("kind", "StorageClass");
        local.putObject("metadata").put("name", name).putObject("annotations").put(DEFAULT, "true");
        local.put("provisioner", "waybill.dev/local-directory")
                .put("reclaimPolicy", "Delete")
                .put("volumeBindingMode", "WaitForFirstConsumer");
        draft.add(draft.kind(GROUP + "/v1", "StorageClass"), local);
    }

    /** The volume that a claim names; null while it names none. */
    static @Nullable ResourceKey volumeOf(@Nullable StoredObject claim) {
        String name = claim == null ? "" : Json.text(claim.json(), "spec", "volumeName");
        return name.isEmpty() ? null : new ResourceKey("", VOLUMES, "", name);
    }

    /** The claim that a volume is meant for. */
    static ResourceKey claimOf(StoredObject volume) {
        JsonNode reference = volume.json().path("spec").path("claimRef");
        return new ResourceKey("", ObjectFacts.CLAIMS, Json.text(reference, "namespace"), Json.text(reference, "name"));
    }

    /** The node that made a volume, and knows of it for as long as it is there; empty for volumes of others. */
    static String maker(StoredObject volume) {
        return Json.text(volume.json().path("metadata").path("annotations"), ON);
    }
}
