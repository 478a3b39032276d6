package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The table of kinds. Stateless. */
final class StandardKinds {
    private static final String RBAC = "rbac.authorization.k8s.io";

    private StandardKinds() {}

    static List<Kind> all() {
        return List.of(
                cluster("", "v1", "Namespace", "namespaces", ClusterRules.NAMESPACE)
                        .shortNames("ns")
                        .sub("status", "finalize")
                        .done(),
                cluster("", "v1", "Node", "nodes", ClusterRules.NODE)
                        .shortNames("no")
                        .sub("status")
                        .done(),
                namespaced("", "v1", "Pod", "pods", new PodRules())
                        .shortNames("po")
                        .categories("all")
                        .sub("status", "binding", "log", "exec", "attach", "portforward", "eviction")
                        .counted()
                        .done(),
                namespaced("apps", "v1", "Deployment", "deployments", new WorkloadRules(true))
                        .shortNames("deploy")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("apps", "v1", "ReplicaSet", "replicasets", new WorkloadRules(false))
                        .shortNames("rs")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("", "v1", "ConfigMap", "configmaps", new DataRules(false))
                        .shortNames("cm")
                        .done(),
                namespaced("", "v1", "Secret", "secrets", new DataRules(true)).done(),
                namespaced("", "v1", "ServiceAccount", "serviceaccounts", KindRules.STORED)
                        .shortNames("sa")
                        .done(),
                namespaced("", "v1", "ResourceQuota", "resourcequotas", AmountRules.RESOURCE_QUOTA)
                        .shortNames("quota")
                        .sub("status")
                        .done(),
                namespaced("", "v1", "LimitRange", "limitranges", AmountRules.LIMIT_RANGE)
                        .shortNames("limits")
                        .done(),
                namespaced("", "v1", "Event", "events", ClusterRules.EVENT)
                        .shortNames("ev")
                        .done(),
                cluster("waybill.dev", "v1alpha1", "QuotaPool", "quotapools", AmountRules.QUOTA_POOL)
                        .shortNames("qp")
                        .sub("status")
                        .counted()
                        .done(),
                cluster("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", ClusterRules.PRIORITY_CLASS)
                        .shortNames("pc")
                        .done(),
                cluster("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", ClusterRules.RUNTIME_CLASS)
                        .done(),
                namespaced("coordination.k8s.io", "v1", "Lease", "leases", KindRules.STORED)
                        .done(),
                namespaced(RBAC, "v1", "Role", "roles", KindRules.STORED).done(),
                namespaced(RBAC, "v1", "RoleBinding", "rolebindings", KindRules.STORED)
                        .done(),
                cluster(RBAC, "v1", "ClusterRole", "clusterroles", KindRules.STORED)
                        .done(),
                cluster(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", KindRules.STORED)
                        .done());
    }

    private static Row namespaced(String group, String version, String kind, String plural, KindRules rules) {
        return new Row(group, version, kind, plural, true, rules);
    }

    private static Row cluster(String group, String version, String kind, String plural, KindRules rules) {
        return new Row(group, version, kind, plural, false, rules);
    }

    /** One line of the table while it is written. */
    private static final class Row {
        private final String group;
        private final String version;
        private final String kind;
        private final String plural;
        private final boolean namespaced;
        private final KindRules rules;
        private List<String> shortNames = List.of();
        private List<String> categories = List.of();
        private Set<String> subresources = Set.of();
        private boolean generational;

        Row(String group, String version, String kind, String plural, boolean namespaced, KindRules rules) {
            this.group = group;
            this.version = version;
            this.kind = kind;
            this.plural = plural;
            this.namespaced = namespaced;
            this.rules = rules;
        }

        Row shortNames(String... names) {
            shortNames = List.of(names);
            return this;
        }

        Row categories(String... names) {
            categories = List.of(names);
            return this;
        }

        Row sub(String... names) {
            subresources = Set.of(names);
            return this;
        }

        /** Its metadata.generation counts changes of the spec. */
        Row counted() {
            generational = true;
            return this;
        }

        Kind done() {
            String singular = kind.toLowerCase(Locale.ROOT);
            return new Kind(
                    group,
                    version,
                    kind,
                    plural,
                    singular,
                    shortNames,
                    categories,
                    namespaced,
                    subresources,
                    generational,
                    rules);
        }
    }
}
