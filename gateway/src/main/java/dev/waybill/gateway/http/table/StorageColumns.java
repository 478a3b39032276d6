package dev.waybill.gateway.http.table;

import static dev.waybill.gateway.http.table.Columns.text;

import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Columns of volumes and where they come from. Pure. */
final class StorageColumns {
    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
    private static final Column VOLUME_MODE = Column.text("VolumeMode", o -> text(o, "/spec/volumeMode", "<unset>"))
            .wide();

    private StorageColumns() {}

    static @Nullable List<Column> of(Kind kind) {
        return switch (kind.qualifiedResource()) {
            case "persistentvolumes" ->
                List.of(
                        Columns.name(),
                        Column.text("Capacity", o -> text(o, "/spec/capacity/storage", "")),
                        Column.text("Access Modes", o -> modes(o.at("/spec/accessModes"))),
                        Column.text("Reclaim Policy", o -> text(o, "/spec/persistentVolumeReclaimPolicy", "")),
                        Column.text("Status", StorageColumns::phase),
                        Column.text(
                                "Claim",
                                o -> o.at("/spec/claimRef").isMissingNode()
                                        ? ""
                                        : text(o, "/spec/claimRef/namespace", "") + "/"
                                                + text(o, "/spec/claimRef/name", "")),
                        Column.text("StorageClass", o -> text(o, "/spec/storageClassName", "")),
                        Column.text(
                                "VolumeAttributesClass", o -> text(o, "/spec/volumeAttributesClassName", "<unset>")),
                        Column.text("Reason", o -> text(o, "/status/reason", "")),
                        Columns.age(),
                        VOLUME_MODE);
            case "persistentvolumeclaims" ->
                List.of(
                        Columns.name(),
                        Column.text("Status", StorageColumns::phase),
                        Column.text("Volume", o -> text(o, "/spec/volumeName", "")),
                        Column.text("Capacity", o -> text(o, "/status/capacity/storage", "")),
                        Column.text("Access Modes", o -> modes(o.at("/status/accessModes"))),
                        Column.text("StorageClass", o -> text(o, "/spec/storageClassName", "")),
                        Column.text(
                                "VolumeAttributesClass", o -> text(o, "/spec/volumeAttributesClassName", "<unset>")),
                        Columns.age(),
                        VOLUME_MODE);
            case "storageclasses.storage.k8s.io" ->
                List.of(
                        Column.text(
                                "Name",
                                o -> text(o, "/metadata/name", "")
                                        + (o.at("/metadata/annotations")
                                                        .path(DEFAULT_CLASS)
                                                        .asString("")
                                                        .equals("true")
                                                ? " (default)"
                                                : "")),
                        Column.text("Provisioner", o -> text(o, "/provisioner", "")),
                        Column.text("ReclaimPolicy", o -> text(o, "/reclaimPolicy", "Delete")),
                        Column.text("VolumeBindingMode", o -> text(o, "/volumeBindingMode", "Immediate")),
                        Column.text("AllowVolumeExpansion", o -> text(o, "/allowVolumeExpansion", "false")),
                        Columns.age());
            case "volumeattachments.storage.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("Attacher", o -> text(o, "/spec/attacher", "")),
                        Column.text("PV", o -> text(o, "/spec/source/persistentVolumeName", "")),
                        Column.text("Node", o -> text(o, "/spec/nodeName", "")),
                        Column.text("Attached", o -> text(o, "/status/attached", "false")),
                        Columns.age());
            case "csidrivers.storage.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("AttachRequired", o -> text(o, "/spec/attachRequired", "true")),
                        Column.text("PodInfoOnMount", o -> text(o, "/spec/podInfoOnMount", "false")),
                        Column.text("StorageCapacity", o -> text(o, "/spec/storageCapacity", "false")),
                        Column.text("Modes", o -> Columns.joined(o.at("/spec/volumeLifecycleModes"))),
                        Columns.age());
            case "csinodes.storage.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.number("Drivers", o -> o.at("/spec/drivers").size()),
                        Columns.age());
            case "volumeattributesclasses.storage.k8s.io" ->
                List.of(Columns.name(), Column.text("DriverName", o -> text(o, "/driverName", "")), Columns.age());
            default -> null;
        };
    }

    private static String modes(JsonNode modes) {
        List<String> shown = new ArrayList<>();
        for (JsonNode mode : modes) {
            shown.add(
                    switch (mode.asString("")) {
                        case "ReadWriteOnce" -> "RWO";
                        case "ReadOnlyMany" -> "ROX";
                        case "ReadWriteMany" -> "RWX";
                        case "ReadWriteOncePod" -> "RWOP";
                        default -> mode.asString("");
                    });
        }
        return String.join(",", shown);
    }

    private static String phase(JsonNode object) {
        return object.path("metadata").has("deletionTimestamp") ? "Terminating" : text(object, "/status/phase", "");
    }
}
