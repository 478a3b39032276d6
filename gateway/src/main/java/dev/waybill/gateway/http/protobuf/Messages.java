package dev.waybill.gateway.http.protobuf;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authentication;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Autoscaling;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Certificates;
import io.kubernetes.client.proto.V1Coordination;
import io.kubernetes.client.proto.V1Discovery;
import io.kubernetes.client.proto.V1Events;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Node;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import io.kubernetes.client.proto.V2Autoscaling;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The message types of the kinds that are served, and what Kubernetes' JSON makes of some of their fields. Stateless. */
final class Messages {
    /** Fields of Go structs that are embedded: their fields stand in the outer object (json:",inline"). */
    private static final Set<String> EMBEDDED = Set.of(
            "ephemeralContainerCommon",
            "handler",
            "ingressRuleValue",
            "localObjectReference",
            "persistentVolumeSource",
            "volumeSource");

    /**
     * Fields that are pointers in Go, where zero or false is a value of its own. Go writes every other field even when
     * it is empty, so of those zero means not set.
     */
    private static final Set<String> POINTERS = Set.of(
            "activeDeadlineSeconds",
            "allocateLoadBalancerNodePorts",
            "allowPrivilegeEscalation",
            "allowVolumeExpansion",
            "attachRequired",
            "automountServiceAccountToken",
            "averageUtilization",
            "backoffLimit",
            "backoffLimitPerIndex",
            "blockOwnerDeletion",
            "completions",
            "controller",
            "count",
            "defaultMode",
            "deletionGracePeriodSeconds",
            "enableServiceLinks",
            "expirationSeconds",
            "failedJobsHistoryLimit",
            "fsGroup",
            "gracePeriodSeconds",
            "hostProcess",
            "hostUsers",
            "immutable",
            "leaseDurationSeconds",
            "leaseTransitions",
            "manualSelector",
            "maxFailedIndexes",
            "minReplicas",
            "mode",
            "nodeAllocatableUpdatePeriodSeconds",
            "optional",
            "orphanDependents",
            "parallelism",
            "partition",
            "podInfoOnMount",
            "priority",
            "privileged",
            "progressDeadlineSeconds",
            "readOnlyRootFilesystem",
            "ready",
            "replicas",
            "requiresRepublish",
            "revisionHistoryLimit",
            "runAsGroup",
            "runAsNonRoot",
            "runAsUser",
            "seLinuxMount",
            "serving",
            "setHostnameAsFQDN",
            "shareProcessNamespace",
            "stabilizationWindowSeconds",
            "started",
            "startingDeadlineSeconds",
            "storageCapacity",
            "successfulJobsHistoryLimit",
            "suspend",
            "terminating",
            "terminationGracePeriodSeconds",
            "timeoutSeconds",
            "tolerationSeconds",
            "ttlSecondsAfterFinished",
            "value");

    private Messages() {}

    static @Nullable Descriptor of(String apiVersion, String kind) {
        if (kind.equals("DeleteOptions")) {
            return Meta.getDescriptor().findMessageTypeByName(kind);
        }
        @Nullable
        FileDescriptor file =
                switch (apiVersion) {
                    case "v1" -> V1.getDescriptor();
                    case "apps/v1" -> V1Apps.getDescriptor();
                    case "authentication.k8s.io/v1" -> V1Authentication.getDescriptor();
                    case "authorization.k8s.io/v1" -> V1Authorization.getDescriptor();
                    case "autoscaling/v1" -> V1Autoscaling.getDescriptor();
                    case "autoscaling/v2" -> V2Autoscaling.getDescriptor();
                    case "batch/v1" -> V1Batch.getDescriptor();
                    case "certificates.k8s.io/v1" -> V1Certificates.getDescriptor();
                    case "coordination.k8s.io/v1" -> V1Coordination.getDescriptor();
                    case "discovery.k8s.io/v1" -> V1Discovery.getDescriptor();
                    case "events.k8s.io/v1" -> V1Events.getDescriptor();
                    case "networking.k8s.io/v1" -> V1Networking.getDescriptor();
                    case "node.k8s.io/v1" -> V1Node.getDescriptor();
                    case "policy/v1" -> V1Policy.getDescriptor();
                    case "rbac.authorization.k8s.io/v1" -> V1Rbac.getDescriptor();
                    case "scheduling.k8s.io/v1" -> V1Scheduling.getDescriptor();
                    case "storage.k8s.io/v1" -> V1Storage.getDescriptor();
                    default -> null;
                };
        return file == null ? null : file.findMessageTypeByName(kind);
    }

    static boolean embedded(String field) {
        return EMBEDDED.contains(field);
    }

    static boolean keepsZero(String field) {
        return POINTERS.contains(field);
    }
}
