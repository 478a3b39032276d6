package dev.waybill.gateway.rbac;

import static dev.waybill.gateway.rbac.BootstrapObjects.READ;
import static dev.waybill.gateway.rbac.BootstrapObjects.READ_WRITE;
import static dev.waybill.gateway.rbac.BootstrapObjects.named;
import static dev.waybill.gateway.rbac.BootstrapObjects.role;
import static dev.waybill.gateway.rbac.BootstrapObjects.rule;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The roles of Waybill's own services: what their work needs and no more. None of them may touch accounts or roles, and
 * only the gateway's own filler of tokens Secrets, only its own signer certificates. Stateless.
 */
final class ServiceRoles {
    private static final String CERTIFICATES = "certificates.k8s.io";
    private static final List<String> CHANGE = List.of("patch", "update");

    private ServiceRoles() {}

    static List<ObjectNode> all() {
        return List.of(
                role(Subject.SCHEDULER, scheduler()),
                role(
                        "system:waybill:quota",
                        rule(READ, "waybill.dev", "quotapools"),
                        rule(CHANGE, "waybill.dev", "quotapools/status")),
                role(
                        Subject.EVENTS,
                        rule(List.of("create", "get", "patch", "update"), "", "events"),
                        rule(List.of("create", "get", "patch", "update"), "events.k8s.io", "events")),
                role(Subject.TOKENS, rule(List.of("delete", "get", "patch"), "", "secrets")),
                role(
                        Subject.CERTIFICATES,
                        rule(List.of("delete", "get"), CERTIFICATES, "certificatesigningrequests"),
                        rule(
                                CHANGE,
                                CERTIFICATES,
                                "certificatesigningrequests/status",
                                "certificatesigningrequests/approval"),
                        named("approve", CERTIFICATES, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
                        named(
                                "sign",
                                CERTIFICATES,
                                "signers",
                                "kubernetes.io/kube-apiserver-client",
                                "kubernetes.io/kube-apiserver-client-kubelet",
                                "kubernetes.io/kubelet-serving")),
                role(
                        "system:waybill:nodes",
                        rule(List.of("create", "patch", "update"), "", "events"),
                        rule(READ, "", "services"),
                        rule(READ, "node.k8s.io", "runtimeclasses")));
    }

    /** Reconcilers of workloads, placement, and the life of nodes. */
    private static PolicyRule[] scheduler() {
        return new PolicyRule[] {
            rule(READ_WRITE, "", "pods", "replicationcontrollers", "endpoints", "persistentvolumeclaims"),
            rule(
                    CHANGE,
                    "",
                    "pods/status",
                    "replicationcontrollers/status",
                    "services/status",
                    "persistentvolumeclaims/status",
                    "persistentvolumes/status",
                    "nodes",
                    "nodes/status"),
            rule("create", "", "pods/binding", "pods/eviction"),
            rule(READ_WRITE, "", "persistentvolumes"),
            rule(List.of("create", "get", "patch", "update"), "", "events"),
            rule(READ, "", "namespaces", "nodes", "services", "configmaps", "limitranges", "resourcequotas"),
            rule(READ_WRITE, "apps", "controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
            rule(
                    CHANGE,
                    "apps",
                    "daemonsets/status",
                    "deployments/status",
                    "replicasets/status",
                    "statefulsets/status"),
            rule(READ_WRITE, "batch", "jobs", "cronjobs"),
            rule(CHANGE, "batch", "jobs/status", "cronjobs/status"),
            rule(READ, "autoscaling", "horizontalpodautoscalers"),
            rule(CHANGE, "autoscaling", "horizontalpodautoscalers/status"),
            rule(List.of("get", "patch", "update"), "*", "*/scale"),
            rule(READ, "policy", "poddisruptionbudgets"),
            rule(CHANGE, "policy", "poddisruptionbudgets/status"),
            rule(READ_WRITE, "discovery.k8s.io", "endpointslices"),
            rule(READ, "scheduling.k8s.io", "priorityclasses"),
            rule(READ, "storage.k8s.io", "storageclasses", "csinodes"),
            rule(READ, "waybill.dev", "quotapools")
        };
    }
}
