package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who may do what, decided by the writer: roles, bindings, what comes of their changes, and nodes. */
class AccessTest {
    private static final Subject ANNA = new Subject("anna", Set.of(Subject.AUTHENTICATED, "shop:devs"));

    private final WriterBench writer = new WriterBench();

    @Test
    void aRoleBindingGrantsItsNamespaceOnly() {
        bind("RoleBinding", "default", "ClusterRole", "edit", "User", "anna");
        assertThat(may("create", "apps", "deployments", "", "default", "")).isTrue();
        assertThat(may("create", "apps", "deployments", "", "kube-system", "")).isFalse();
        assertThat(may("list", "apps", "deployments", "", "", "")).isFalse();
        assertThat(may("create", "", "pods", "exec", "default", "p")).isTrue();
        assertThat(may("create", "", "pods", "binding", "default", "p")).isFalse();
        assertThat(may("get", "", "secrets", "", "default", "s")).isTrue();
        assertThat(may("update", "", "resourcequotas", "", "default", "q")).isFalse();
        writer.delete(get("rolebindings", "default", "b"), "{}");
        assertThat(may("create", "apps", "deployments", "", "default", "")).isFalse();
    }

    @Test
    void namesSubresourcesAndWildcardsMatchAsInKubernetes() {
        role("ClusterRole", "r", "", """
                [{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["one"],"verbs":["get","create"]},
                 {"apiGroups":["apps"],"resources":["*/scale"],"verbs":["*"]},
                 {"apiGroups":[""],"resources":["pods/log"],"verbs":["get"]},
                 {"nonResourceURLs":["/logs/*","/exact"],"verbs":["get"]}]""");
        bind("ClusterRoleBinding", "", "ClusterRole", "r", "Group", "shop:devs");
        assertThat(may("get", "", "configmaps", "", "default", "one")).isTrue();
        assertThat(may("get", "", "configmaps", "", "default", "two")).isFalse();
        assertThat(may("create", "", "configmaps", "", "default", ""))
                .as("a new object has no name")
                .isFalse();
        assertThat(may("patch", "apps", "deployments", "scale", "default", "d")).isTrue();
        assertThat(may("patch", "apps", "deployments", "", "default", "d")).isFalse();
        assertThat(may("get", "", "pods", "log", "default", "p")).isTrue();
        assertThat(may("get", "", "pods", "", "default", "p")).isFalse();
        assertThat(mayPath("get", "/logs/a/b")).isTrue();
        assertThat(mayPath("get", "/exact/more")).isFalse();
        assertThat(mayPath("post", "/logs/a")).isFalse();
    }

    @Test
    void aRoleThatGathersFollowsItsParts() {
        role("ClusterRole", "more-view", ",\"labels\":{\"rbac.authorization.k8s.io/aggregate-to-view\":\"true\"}", """
                [{"apiGroups":["example.com"],"resources":["things"],"verbs":["get"]}]""");
        for (String whole : List.of("view", "edit", "admin")) {
            assertThat(get("clusterroles", "", whole).raw()).as(whole).contains("example.com");
        }
        writer.delete(get("clusterroles", "", "more-view"), "{}");
        assertThat(get("clusterroles", "", "admin").raw()).doesNotContain("example.com");
        assertThat(get("clusterroles", "", "admin").raw())
                .contains("rolebindings")
                .contains("pods/exec");
    }

    @Test
    void nobodyGrantsWhatHeDoesNotHold() {
        bind("RoleBinding", "default", "ClusterRole", "admin", "User", "anna");
        RequestOutcome own = as(ANNA, manifest("Role", "default", "own", "", """
                "rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]"""));
        assertThat(own.getMessage()).isEmpty();
        RequestOutcome more = as(ANNA, manifest("Role", "default", "more", "", """
                "rules":[{"apiGroups":[""],"resources":["nodes"],"verbs":["get","list"]}]"""));
        assertThat(more.getCode()).isEqualTo(403);
        assertThat(more.getMessage())
                .isEqualTo("roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"anna\" (groups=[\"shop:devs\""
                        + " \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
                        + "{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\" \"list\"]}");
        RequestOutcome bound = as(ANNA, binding("RoleBinding", "default", "ClusterRole", "cluster-admin"));
        assertThat(bound.getCode()).isEqualTo(403);
        assertThat(bound.getMessage()).contains("{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}");
        assertThat(as(ANNA, binding("RoleBinding", "default", "ClusterRole", "view"))
                        .getCode())
                .isEqualTo(201);
        assertThat(as(
                                ANNA,
                                binding("RoleBinding", "default", "ClusterRole", "none")
                                        .replace("\"b2\"", "\"b3\""))
                        .getMessage())
                .isEqualTo("clusterroles.rbac.authorization.k8s.io \"none\" not found");
    }

    @Test
    void escalateAndBindAllowIt() {
        bind("RoleBinding", "default", "ClusterRole", "admin", "User", "anna");
        role("ClusterRole", "free", "", """
                [{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["escalate"]},
                 {"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],
                  "resourceNames":["system:waybill:scheduler"],"verbs":["bind"]}]""");
        writer.create(binding("RoleBinding", "default", "ClusterRole", "free")
                .replace("\"b2\"", "\"b4\"")
                .replace("someone", "anna"));
        assertThat(as(ANNA, manifest("Role", "default", "more", "", """
                "rules":[{"apiGroups":[""],"resources":["nodes"],"verbs":["*"]}]""")).getCode())
                .isEqualTo(201);
        assertThat(as(ANNA, binding("RoleBinding", "default", "ClusterRole", "system:waybill:scheduler"))
                        .getCode())
                .isEqualTo(201);
        assertThat(as(
                                ANNA,
                                binding("RoleBinding", "default", "ClusterRole", "cluster-admin")
                                        .replace("\"b2\"", "\"b5\""))
                        .getCode())
                .isEqualTo(403);
    }

    @Test
    void aRefusalIsWordedAsKubernetesWordsIt() {
        assertThat(as(ANNA, """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"}}""").getMessage())
                .isEqualTo("deployments.apps is forbidden: User \"anna\" cannot create resource \"deployments\" in API"
                        + " group \"apps\" in the namespace \"default\"");
        bind("RoleBinding", "default", "Role", "gone", "User", "anna");
        assertThat(Access.refusal(writer.image(), ANNA, new Attempt.OnResource("get", "", "nodes", "", "", "n")))
                .isEqualTo("User \"anna\" cannot get resource \"nodes\" in API group \"\" at the cluster scope: RBAC:"
                        + " role.rbac.authorization.k8s.io \"gone\" not found");
    }

    @Test
    void aServiceMayDoItsWorkAndNoMore() {
        Subject scheduler = new Subject("system:waybill:scheduler", Set.of());
        assertThat(may(scheduler, "create", "", "pods", "", "default", "")).isTrue();
        assertThat(may(scheduler, "patch", "", "nodes", "status", "", "n")).isTrue();
        assertThat(may(scheduler, "patch", "apps", "deployments", "status", "default", "d"))
                .isTrue();
        assertThat(may(scheduler, "get", "", "secrets", "", "default", "s")).isFalse();
        assertThat(may(scheduler, "create", "", "serviceaccounts", "token", "default", "a"))
                .isFalse();
        assertThat(may(
                        new Subject("system:waybill:gateway", Set.of("system:waybill")),
                        "get",
                        "",
                        "pods",
                        "",
                        "x",
                        "p"))
                .isFalse();
    }

    @Test
    void whoPublishesByEventHasRightsByRolesAndNeverSecrets() {
        assertThat(publish("local", map("m")).getCode()).isEqualTo(201);
        assertThat(publish("local", map("s").replace("ConfigMap", "Secret")).getMessage())
                .contains("may not be asked for by event");
        assertThat(publish("local", "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}")
                        .getCode())
                .isEqualTo(403);
        assertThat(publish("shop", map("m2")).getMessage())
                .isEqualTo("configmaps is forbidden: User \"system:publisher:shop\" cannot create resource"
                        + " \"configmaps\" in API group \"\" in the namespace \"default\"");
        bind("RoleBinding", "default", "ClusterRole", "edit", "User", "system:publisher:shop");
        assertThat(publish("shop", map("m2")).getCode()).isEqualTo(201);
    }

    @Test
    void aNodeReadsAndReportsItsOwnOnly() {
        writer.node("n1", 10);
        writer.node("n2", 10);
        writer.create("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"default"},"spec":{"containers":
                 [{"name":"c","image":"i","envFrom":[{"secretRef":{"name":"s"}}]}]}}""");
        writer.bind("p", "n1");
        for (String node : List.of("n1", "n2")) {
            Subject subject = new Subject("system:node:" + node, Set.of(Subject.NODES));
            boolean own = node.equals("n1");
            assertThat(may(subject, "get", "", "nodes", "", "", "n1")).isEqualTo(own);
            assertThat(may(subject, "patch", "", "nodes", "status", "", "n1")).isEqualTo(own);
            assertThat(may(subject, "get", "", "pods", "", "default", "p")).isEqualTo(own);
            assertThat(may(subject, "get", "", "secrets", "", "default", "s")).isEqualTo(own);
            assertThat(may(subject, "create", "", "serviceaccounts", "token", "default", "default"))
                    .isEqualTo(own);
            assertThat(may(subject, "list", "", "secrets", "", "default", "")).isFalse();
            assertThat(may(subject, "delete", "", "pods", "", "default", "p")).isFalse();
        }
    }

    @Test
    void theRolesOfAClusterAreBroughtUpToDateAtItsStart() {
        StoredObject view = get("clusterroles", "", "system:aggregate-to-view");
        var changed = view.copy();
        changed.putArray("rules");
        Json.child(Json.child(changed, "metadata"), "annotations").put("kept", "yes");
        writer.update(changed);
        assertThat(get("clusterroles", "", "admin").raw()).doesNotContain("pods/log");
        writer.restart();
        assertThat(get("clusterroles", "", "admin").raw()).contains("pods/log");
        assertThat(get("clusterroles", "", "system:aggregate-to-view").raw()).contains("kept");
        long revision = writer.image().revision();
        writer.restart();
        assertThat(writer.image().revision()).isEqualTo(revision);
    }

    @Test
    void theRootCertificateComesBack() {
        StoredObject map = writer.get("configmaps", "default", "kube-root-ca.crt");
        assertThat(Json.text(map.json(), "data", "ca.crt")).isEqualTo(WriterBench.CERTIFICATE);
        writer.delete(map, "{}");
        StoredObject again = writer.get("configmaps", "default", "kube-root-ca.crt");
        assertThat(again.uid()).isNotEqualTo(map.uid());
        var forged = again.copy();
        forged.putObject("data").put("ca.crt", "mine");
        writer.update(forged);
        assertThat(writer.get("configmaps", "default", "kube-root-ca.crt").raw())
                .contains(WriterBench.CERTIFICATE);
    }

    @Test
    void aReplayedLogHoldsTheSameRights() {
        bind("RoleBinding", "default", "ClusterRole", "edit", "User", "anna");
        writer.takeOver();
        assertThat(may("create", "", "pods", "", "default", "")).isTrue();
        assertThat(may("create", "", "nodes", "", "", "")).isFalse();
    }

    private boolean may(String verb, String group, String resource, String sub, String namespace, String name) {
        return may(ANNA, verb, group, resource, sub, namespace, name);
    }

    private boolean may(
            Subject who, String verb, String group, String resource, String sub, String namespace, String name) {
        return Access.allows(writer.image(), who, new Attempt.OnResource(verb, group, resource, sub, namespace, name));
    }

    private boolean mayPath(String verb, String path) {
        return Access.allows(writer.image(), ANNA, new Attempt.OnPath(verb, path));
    }

    private StoredObject get(String resource, String namespace, String name) {
        StoredObject found =
                writer.image().get(new ResourceKey("rbac.authorization.k8s.io", resource, namespace, name));
        assertThat(found).as(name).isNotNull();
        return found;
    }

    private void role(String kind, String name, String metadata, String rules) {
        assertThat(writer.create(manifest(kind, "", name, metadata, "\"rules\":" + rules))
                        .getMessage())
                .isEmpty();
    }

    private void bind(String kind, String namespace, String roleKind, String role, String subjectKind, String subject) {
        assertThat(writer.create(binding(kind, namespace, roleKind, role)
                                .replace("\"b2\"", "\"b\"")
                                .replace(
                                        "\"User\",\"name\":\"someone\"",
                                        "\"" + subjectKind + "\",\"name\":\"" + subject + "\""))
                        .getMessage())
                .isEmpty();
    }

    private static String binding(String kind, String namespace, String roleKind, String role) {
        return manifest(
                kind,
                namespace,
                "b2",
                "",
                "\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"" + roleKind + "\",\"name\":\""
                        + role + "\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"someone\"}]");
    }

    private static String manifest(String kind, String namespace, String name, String metadata, String fields) {
        return "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"" + kind + "\",\"metadata\":{\"name\":\""
                + name + "\"" + (namespace.isEmpty() ? "" : ",\"namespace\":\"" + namespace + "\"") + metadata + "},"
                + fields + "}";
    }

    private static String map(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"data\":{}}";
    }

    private RequestOutcome as(Subject subject, String manifest) {
        return writer.request(DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setManifest(manifest)
                .setUser(subject.user())
                .setGroups(List.copyOf(subject.groups())));
    }

    private RequestOutcome publish(String publisher, String manifest) {
        Decision decision = writer.event(
                Topics.requestsOf(publisher),
                DesiredStateRequest.newBuilder()
                        .setOperation(RequestOperation.CREATE)
                        .setManifest(manifest)
                        .setUser("admin")
                        .setGroups(List.of(Subject.ADMINISTRATORS))
                        .build());
        return java.util.Objects.requireNonNull(decision.outcome());
    }
}
