package dev.waybill.gateway.rbac;

import static dev.waybill.gateway.rbac.BootstrapObjects.READ;
import static dev.waybill.gateway.rbac.BootstrapObjects.READ_WRITE;
import static dev.waybill.gateway.rbac.BootstrapObjects.WRITE;
import static dev.waybill.gateway.rbac.BootstrapObjects.named;
import static dev.waybill.gateway.rbac.BootstrapObjects.partOf;
import static dev.waybill.gateway.rbac.BootstrapObjects.paths;
import static dev.waybill.gateway.rbac.BootstrapObjects.role;
import static dev.waybill.gateway.rbac.BootstrapObjects.rule;
import static dev.waybill.gateway.rbac.BootstrapObjects.whole;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The roles for people and programs, with Kubernetes' names and contents ("Default roles and role bindings" of its
 * RBAC documentation); Waybill's own kinds are added where they belong. Stateless.
 */
final class UserRoles {
    private UserRoles() {}

    static List<ObjectNode> all() {
        return List.of(
                role("cluster-admin", Escalation.EVERYTHING.getFirst(), Escalation.EVERYTHING.getLast()),
                whole("admin"),
                partOf("admin", whole("edit")),
                partOf("edit", whole("view")),
                partOf("admin", role("system:aggregate-to-admin", admin())),
                partOf("edit", role("system:aggregate-to-edit", edit())),
                partOf("view", role("system:aggregate-to-view", view())),
                partOf(
                        "view",
                        role(
                                "system:aggregated-metrics-reader",
                                rule(List.of("get", "list"), "metrics.k8s.io", "nodes", "pods"))),
                role(
                        "system:basic-user",
                        rule("create", "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
                        rule("create", "authentication.k8s.io", "selfsubjectreviews")),
                role(
                        "system:discovery",
                        paths(
                                "/api",
                                "/api/*",
                                "/apis",
                                "/apis/*",
                                "/healthz",
                                "/livez",
                                "/openapi",
                                "/openapi/*",
                                "/readyz",
                                "/version",
                                "/version/")),
                role("system:public-info-viewer", paths("/healthz", "/livez", "/readyz", "/version", "/version/")),
                role("system:waybill:public-discovery", paths("/api", "/api/*", "/apis", "/apis/*")),
                role(
                        "system:monitoring",
                        paths("/metrics", "/metrics/slis", "/livez", "/readyz", "/healthz", "/livez/*", "/readyz/*")),
                role(
                        "system:service-account-issuer-discovery",
                        paths(
                                "/.well-known/openid-configuration",
                                "/.well-known/openid-configuration/",
                                "/openid/v1/jwks",
                                "/openid/v1/jwks/")),
                requester("nodeclient"),
                requester("selfnodeclient"),
                approver("kube-apiserver-client"),
                approver("kube-apiserver-client-kubelet"),
                approver("kubelet-serving"),
                approver("legacy-unknown"),
                role(
                        "system:auth-delegator",
                        rule("create", "authentication.k8s.io", "tokenreviews"),
                        rule("create", "authorization.k8s.io", "subjectaccessreviews")));
    }

    /** Whose requests for nodes' certificates are approved without anybody's doing. */
    private static ObjectNode requester(String whose) {
        return role(
                "system:certificates.k8s.io:certificatesigningrequests:" + whose,
                rule("create", "certificates.k8s.io", "certificatesigningrequests/" + whose));
    }

    private static ObjectNode approver(String signer) {
        return role(
                "system:certificates.k8s.io:" + signer + "-approver",
                named("approve", "certificates.k8s.io", "signers", "kubernetes.io/" + signer));
    }

    private static PolicyRule[] admin() {
        return new PolicyRule[] {
            rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
            rule(READ_WRITE, AccessPolicy.GROUP, "roles", "rolebindings")
        };
    }

    private static PolicyRule[] edit() {
        return new PolicyRule[] {
            rule(READ, "", "pods/attach", "pods/proxy", "pods/exec", "pods/portforward", "secrets", "services/proxy"),
            rule("impersonate", "", "serviceaccounts"),
            rule(WRITE, "", "pods", "pods/attach", "pods/proxy", "pods/exec", "pods/portforward"),
            rule("create", "", "pods/eviction"),
            rule(
                    WRITE,
                    "",
                    "replicationcontrollers",
                    "replicationcontrollers/scale",
                    "serviceaccounts",
                    "services",
                    "services/proxy",
                    "persistentvolumeclaims",
                    "configmaps",
                    "secrets",
                    "events"),
            rule("create", "", "serviceaccounts/token"),
            rule(
                    WRITE,
                    "apps",
                    "statefulsets",
                    "statefulsets/scale",
                    "daemonsets",
                    "deployments",
                    "deployments/scale",
                    "deployments/rollback",
                    "replicasets",
                    "replicasets/scale"),
            rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
            rule(WRITE, "batch", "jobs", "cronjobs"),
            rule(WRITE, "policy", "poddisruptionbudgets"),
            rule(WRITE, "networking.k8s.io", "networkpolicies", "ingresses"),
            rule(READ_WRITE, "coordination.k8s.io", "leases")
        };
    }

    private static PolicyRule[] view() {
        return new PolicyRule[] {
            rule(
                    READ,
                    "",
                    "pods",
                    "replicationcontrollers",
                    "replicationcontrollers/scale",
                    "serviceaccounts",
                    "services",
                    "services/status",
                    "endpoints",
                    "persistentvolumeclaims",
                    "persistentvolumeclaims/status",
                    "configmaps"),
            rule(
                    READ,
                    "",
                    "limitranges",
                    "resourcequotas",
                    "bindings",
                    "events",
                    "pods/status",
                    "resourcequotas/status",
                    "namespaces/status",
                    "replicationcontrollers/status",
                    "pods/log"),
            rule(READ, "", "namespaces"),
            rule(READ, "events.k8s.io", "events"),
            rule(READ, "discovery.k8s.io", "endpointslices"),
            rule(
                    READ,
                    "apps",
                    "controllerrevisions",
                    "statefulsets",
                    "statefulsets/status",
                    "statefulsets/scale",
                    "daemonsets",
                    "daemonsets/status",
                    "deployments",
                    "deployments/status",
                    "deployments/scale",
                    "replicasets",
                    "replicasets/status",
                    "replicasets/scale"),
            rule(READ, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
            rule(READ, "batch", "jobs", "cronjobs", "cronjobs/status", "jobs/status"),
            rule(READ, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
            rule(READ, "networking.k8s.io", "networkpolicies", "ingresses", "ingresses/status")
        };
    }
}
