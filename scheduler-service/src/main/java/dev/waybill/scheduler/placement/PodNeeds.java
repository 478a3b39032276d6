package dev.waybill.scheduler.placement;

import dev.waybill.events.objects.Quantity;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a pod asks of a node, read from its spec once and then held against thousands of nodes. Pods whose needs are
 * equal may take each other's places. Immutable.
 *
 * @param affinityTerms of the required node affinity; missing or empty is none
 * @param others requests for anything but CPU and memory
 * @param runtimeClass empty for the node's own runtime
 * @param ownUsers whether its user ids are to be its own
 * @param owner UID of the controlling owner, or null
 */
public record PodNeeds(
        List<PodView.HostPort> hostPorts,
        Map<String, String> nodeSelector,
        JsonNode affinityTerms,
        List<Toleration> tolerations,
        long cpuMillis,
        long memoryBytes,
        Map<String, Quantity> others,
        String runtimeClass,
        boolean ownUsers,
        @Nullable String owner) {

    /** What a pod puts up with. */
    public record Toleration(String key, boolean exists, String value, String effect) {}

    public static PodNeeds of(PodView pod) {
        JsonNode spec = pod.object().spec();
        List<Toleration> tolerations = new ArrayList<>();
        for (JsonNode toleration : spec.path("tolerations")) {
            tolerations.add(new Toleration(
                    toleration.path("key").asString(""),
                    toleration.path("operator").asString("Equal").equals("Exists"),
                    toleration.path("value").asString(""),
                    toleration.path("effect").asString("")));
        }
        Map<String, Quantity> others = new HashMap<>(pod.resources().requests());
        others.remove("cpu");
        others.remove("memory");
        others.values().removeIf(amount -> amount.amount().signum() == 0);
        return new PodNeeds(
                pod.hostPorts(),
                ObjectView.texts(spec.path("nodeSelector")),
                spec.path("affinity")
                        .path("nodeAffinity")
                        .path("requiredDuringSchedulingIgnoredDuringExecution")
                        .path("nodeSelectorTerms"),
                tolerations,
                pod.cpuMillis(),
                pod.memoryBytes(),
                others,
                spec.path("runtimeClassName").asString(""),
                !spec.path("hostUsers").asBoolean(true),
                pod.object().controllerUid());
    }
}
