package dev.waybill.gateway.events;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceDelta.Change;
import dev.waybill.gateway.state.StoredObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The life of a claim in the words of Kubernetes' PersistentVolume controller and of its external provisioners. Pure. */
final class ClaimEvents {
    private static final String CONTROLLER = "persistentvolume-controller";
    private static final String PROVISIONER = "waybill.dev/local-directory";
    private static final String SELECTED = "volume.kubernetes.io/selected-node";

    private ClaimEvents() {}

    static List<EventDraft> of(ResourceDelta delta) {
        StoredObject claim = delta.object();
        StoredObject before = delta.previous();
        if (delta.change() == Change.DELETED) {
            return List.of();
        }
        String volume = volume(claim);
        boolean made = volume.equals("pvc-" + claim.uid());
        if (made && !volume.equals(volume(before))) {
            return List.of(EventDraft.normal(
                    Involved.of(claim),
                    "ProvisioningSucceeded",
                    "Successfully provisioned volume " + volume,
                    PROVISIONER,
                    ""));
        }
        if (volume.isEmpty() && !selected(claim).isEmpty() && !selected(claim).equals(selected(before))) {
            return List.of(EventDraft.normal(
                    Involved.of(claim),
                    "Provisioning",
                    "External provisioner is provisioning volume for claim \"" + claim.namespace() + "/" + claim.name()
                            + "\"",
                    PROVISIONER,
                    ""));
        }
        return delta.change() == Change.ADDED && volume.isEmpty() ? waiting(claim) : List.of();
    }

    /** Of other classes nobody here knows what they wait for. */
    private static List<EventDraft> waiting(StoredObject claim) {
        return switch (Json.text(claim.json(), "spec", "storageClassName")) {
            case "local-directory" ->
                List.of(EventDraft.normal(
                        Involved.of(claim),
                        "WaitForFirstConsumer",
                        "waiting for first consumer to be created before binding",
                        CONTROLLER,
                        ""));
            case "" ->
                List.of(EventDraft.normal(
                        Involved.of(claim),
                        "FailedBinding",
                        "no persistent volumes available for this claim and no storage class is set",
                        CONTROLLER,
                        ""));
            default -> List.of();
        };
    }

    private static String volume(@Nullable StoredObject claim) {
        return claim == null ? "" : Json.text(claim.json(), "spec", "volumeName");
    }

    private static String selected(@Nullable StoredObject claim) {
        return claim == null ? "" : Json.text(claim.json().path("metadata").path("annotations"), SELECTED);
    }
}
