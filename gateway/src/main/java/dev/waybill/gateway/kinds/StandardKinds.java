package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;
import static dev.waybill.gateway.kinds.KindBuilder.cluster;
import static dev.waybill.gateway.kinds.KindBuilder.namespaced;

import java.util.List;
import java.util.stream.Stream;

/** The table of kinds. Stateless. */
final class StandardKinds {
    private StandardKinds() {}

    static List<Kind> all() {
        return Stream.of(core(), WorkloadKinds.all(), NetworkKinds.all(), StorageKinds.all(), AccessKinds.all(), own())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Kind> core() {
        return List.of(
                cluster("v1", "Namespace", "namespaces", ClusterRules.NAMESPACE)
                        .shortNames("ns")
                        .sub("status", "finalize")
                        .done(),
                cluster("v1", "Node", "nodes", ClusterRules.NODE)
                        .shortNames("no")
                        .sub("status", "proxy")
                        .done(),
                namespaced("v1", "ConfigMap", "configmaps", new DataRules(false))
                        .shortNames("cm")
                        .done(),
                namespaced("v1", "Secret", "secrets", new DataRules(true)).done(),
                namespaced("v1", "ServiceAccount", "serviceaccounts", KindRules.STORED)
                        .shortNames("sa")
                        .sub("token")
                        .shown()
                        .done(),
                namespaced("v1", "ResourceQuota", "resourcequotas", AmountRules.RESOURCE_QUOTA)
                        .shortNames("quota")
                        .sub("status")
                        .shown()
                        .done(),
                namespaced("v1", "LimitRange", "limitranges", AmountRules.LIMIT_RANGE)
                        .shortNames("limits")
                        .done(),
                namespaced("v1", "Event", "events", new EventRules(false))
                        .shortNames("ev")
                        .done(),
                namespaced("events.k8s.io/v1", "Event", "events", new EventRules(true))
                        .shortNames("ev")
                        .storedAs("", "v1", new EventConversion())
                        .done(),
                cluster("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", ClusterRules.PRIORITY_CLASS)
                        .shortNames("pc")
                        .done(),
                cluster("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", ClusterRules.RUNTIME_CLASS)
                        .done(),
                namespaced(
                                "coordination.k8s.io/v1",
                                "Lease",
                                "leases",
                                rules().positive("spec.leaseDurationSeconds").nonNegative("spec.leaseTransitions"))
                        .done());
    }

    private static List<Kind> own() {
        return List.of(
                cluster(
                                CustomKinds.GROUP + "/v1",
                                "CustomResourceDefinition",
                                CustomKinds.RESOURCE,
                                new DefinitionRules())
                        .shortNames("crd", "crds")
                        .categories("api-extensions")
                        .sub("status")
                        .counted()
                        .done(),
                cluster("metrics.k8s.io/v1beta1", "NodeMetrics", "nodes", KindRules.STORED)
                        .singular("")
                        .computed()
                        .done(),
                namespaced("metrics.k8s.io/v1beta1", "PodMetrics", "pods", KindRules.STORED)
                        .singular("")
                        .computed()
                        .done(),
                cluster("waybill.dev/v1alpha1", "QuotaPool", "quotapools", AmountRules.QUOTA_POOL)
                        .shortNames("qp")
                        .sub("status")
                        .counted()
                        .done());
    }
}
