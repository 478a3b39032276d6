package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;
import static dev.waybill.gateway.kinds.KindBuilder.cluster;
import static dev.waybill.gateway.kinds.KindBuilder.namespaced;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Volumes and where they come from: core and storage.k8s.io. Stateless. */
final class StorageKinds {
    private static final String GROUP = "storage.k8s.io/v1";
    private static final String[] ACCESS_MODES = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"};

    private StorageKinds() {}

    static List<Kind> all() {
        return List.of(
                cluster("v1", "PersistentVolume", "persistentvolumes", volume())
                        .shortNames("pv")
                        .sub("status")
                        .shown()
                        .done(),
                namespaced("v1", "PersistentVolumeClaim", "persistentvolumeclaims", claim())
                        .shortNames("pvc")
                        .sub("status")
                        .shown()
                        .done(),
                cluster(GROUP, "StorageClass", "storageclasses", storageClass())
                        .shortNames("sc")
                        .shown()
                        .done(),
                cluster(GROUP, "CSIDriver", "csidrivers", driver()).shown().done(),
                cluster(GROUP, "CSINode", "csinodes", rules().required("spec.drivers[].name", "spec.drivers[].nodeID"))
                        .shown()
                        .done(),
                namespaced(GROUP, "CSIStorageCapacity", "csistoragecapacities", rules().required("storageClassName"))
                        .done(),
                cluster(
                                GROUP,
                                "VolumeAttachment",
                                "volumeattachments",
                                rules().statusAlone()
                                        .required("spec", "spec.attacher", "spec.source", "spec.nodeName")
                                        .immutable("spec"))
                        .sub("status")
                        .shown()
                        .done(),
                cluster(
                                GROUP,
                                "VolumeAttributesClass",
                                "volumeattributesclasses",
                                rules().required("driverName").immutable("driverName", "parameters"))
                        .shortNames("vac")
                        .shown()
                        .done());
    }

    private static DeclaredRules volume() {
        return rules().text("spec.persistentVolumeReclaimPolicy", "Retain")
                .text("spec.volumeMode", "Filesystem")
                .status("{\"phase\":\"Pending\"}")
                .required("spec", "spec.capacity", "spec.accessModes")
                .check((object, old, errors) -> {
                    accessModes(object, errors);
                    JsonNode storage = object.path("spec").path("capacity").path("storage");
                    if (!storage.isMissingNode()) {
                        Syntax.amount(storage, "spec.capacity[storage]", errors);
                    }
                })
                .oneOf("spec.persistentVolumeReclaimPolicy", "Delete", "Recycle", "Retain")
                .oneOf("spec.volumeMode", "Block", "Filesystem")
                .selectable("status.phase");
    }

    private static DeclaredRules claim() {
        return rules().text("spec.volumeMode", "Filesystem")
                .status("{\"phase\":\"Pending\"}")
                .required("spec", "spec.accessModes")
                .oneOf("spec.volumeMode", "Block", "Filesystem")
                .check((object, old, errors) -> {
                    accessModes(object, errors);
                    JsonNode storage = Paths.at(object, "spec.resources.requests.storage");
                    if (storage.isMissingNode()) {
                        errors.add(FieldError.required("spec.resources[storage]", ""));
                    } else {
                        Syntax.amount(storage, "spec.resources.requests[storage]", errors);
                    }
                })
                .check(StorageKinds::claimUpdate)
                .selectable("status.phase");
    }

    private static DeclaredRules storageClass() {
        return rules().filled(object -> {
                    Json.defaultText(object, "reclaimPolicy", "Delete");
                    Json.defaultText(object, "volumeBindingMode", "Immediate");
                })
                .required("provisioner")
                .oneOf("reclaimPolicy", "Delete", "Retain")
                .oneOf("volumeBindingMode", "Immediate", "WaitForFirstConsumer")
                .check((object, old, errors) -> {
                    for (String field : List.of("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")) {
                        if (old != null && !Json.same(object.path(field), old.path(field))) {
                            errors.add(FieldError.forbidden(field, "updates to " + field + " are forbidden."));
                        }
                    }
                });
    }

    private static DeclaredRules driver() {
        return rules().flag("spec.attachRequired", true)
                .flag("spec.podInfoOnMount", false)
                .flag("spec.storageCapacity", false)
                .flag("spec.requiresRepublish", false)
                .flag("spec.seLinuxMount", false)
                .text("spec.fsGroupPolicy", "ReadWriteOnceWithFSType")
                .filled(object -> {
                    if (object.get("spec") instanceof ObjectNode spec && Json.absent(spec, "volumeLifecycleModes")) {
                        spec.putArray("volumeLifecycleModes").add("Persistent");
                    }
                })
                .required("spec");
    }

    private static void accessModes(ObjectNode object, List<FieldError> errors) {
        JsonNode modes = object.path("spec").path("accessModes");
        for (int i = 0; i < modes.size(); i++) {
            String mode = modes.get(i).asString("");
            if (!List.of(ACCESS_MODES).contains(mode)) {
                errors.add(FieldError.notSupported("spec.accessModes", mode, List.of(ACCESS_MODES)));
            }
        }
    }

    private static void claimUpdate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        if (old == null
                || !(object.path("spec").deepCopy() instanceof ObjectNode now)
                || !(old.path("spec").deepCopy() instanceof ObjectNode before)) {
            return;
        }
        for (ObjectNode each : List.of(now, before)) {
            each.remove(List.of("resources", "volumeAttributesClassName"));
        }
        if (Json.absent(before, "volumeName")) {
            now.remove("volumeName");
        }
        if (!now.equals(before)) {
            errors.add(FieldError.forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
                            + "bound claims"));
        }
    }
}
