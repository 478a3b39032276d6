package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;
import static dev.waybill.gateway.kinds.KindBuilder.cluster;
import static dev.waybill.gateway.kinds.KindBuilder.namespaced;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Who may do what, and who is who: rbac, certificates, authentication and authorization. Stateless. */
final class AccessKinds {
    private static final String RBAC = "rbac.authorization.k8s.io";
    private static final String RBAC_V1 = RBAC + "/v1";
    private static final String REVIEWS = "authorization.k8s.io/v1";

    private AccessKinds() {}

    static List<Kind> all() {
        DeclaredRules role = rules().check((object, old, errors) -> AccessRules.role(object, true, errors));
        DeclaredRules clusterRole = rules().check((object, old, errors) -> AccessRules.role(object, false, errors));
        return List.of(
                namespaced(RBAC_V1, "Role", "roles", role).done(),
                namespaced(RBAC_V1, "RoleBinding", "rolebindings", binding("ClusterRole", "Role"))
                        .done(),
                cluster(RBAC_V1, "ClusterRole", "clusterroles", clusterRole).done(),
                cluster(RBAC_V1, "ClusterRoleBinding", "clusterrolebindings", binding("ClusterRole"))
                        .done(),
                cluster(
                                "certificates.k8s.io/v1",
                                "CertificateSigningRequest",
                                "certificatesigningrequests",
                                new CertificateRules())
                        .shortNames("csr")
                        .sub("status", "approval")
                        .done(),
                cluster("authentication.k8s.io/v1", "TokenReview", "tokenreviews", KindRules.STORED)
                        .review()
                        .done(),
                cluster("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", KindRules.STORED)
                        .review()
                        .done(),
                cluster(REVIEWS, "SubjectAccessReview", "subjectaccessreviews", KindRules.STORED)
                        .review()
                        .done(),
                namespaced(REVIEWS, "LocalSubjectAccessReview", "localsubjectaccessreviews", KindRules.STORED)
                        .review()
                        .done(),
                cluster(REVIEWS, "SelfSubjectAccessReview", "selfsubjectaccessreviews", KindRules.STORED)
                        .review()
                        .done(),
                cluster(REVIEWS, "SelfSubjectRulesReview", "selfsubjectrulesreviews", KindRules.STORED)
                        .review()
                        .done());
    }

    private static DeclaredRules binding(String... roles) {
        return rules().text("roleRef.apiGroup", RBAC)
                .filled(object -> {
                    for (ObjectNode subject : Json.objects(object.path("subjects"))) {
                        if (!Json.text(subject, "kind").equals("ServiceAccount")) {
                            Json.defaultText(subject, "apiGroup", RBAC);
                        }
                    }
                })
                .required("roleRef", "roleRef.name", "subjects[].name")
                .oneOf("roleRef.kind", roles)
                .oneOf("subjects[].kind", "Group", "ServiceAccount", "User")
                .oneOf("roleRef.apiGroup", RBAC)
                .check((object, old, errors) -> AccessRules.subjects(object, errors))
                .check((object, old, errors) -> {
                    if (old != null && !Json.same(object.path("roleRef"), old.path("roleRef"))) {
                        errors.add(FieldError.invalid(
                                "roleRef", object.path("roleRef").toString(), "cannot change roleRef"));
                    }
                });
    }
}
