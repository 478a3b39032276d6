package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The lives of objects, from creation to the end, as Kubernetes' conformance tests play them. */
@Timeout(600)
class LifecyclesIT {
    private static final String NAMESPACE = "/api/v1/namespaces/lives";
    private static final String MAPS = NAMESPACE + "/configmaps";
    private static final String CERTIFICATES = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private static final String TEMPLATE =
            "{'metadata':{'labels':{'app':'x'}},'spec':{'containers':[{'name':'c','image':'i'}]}}";
    private static final String SELECTED = "'selector':{'matchLabels':{'app':'x'}},'template':" + TEMPLATE;
    private static final String ONCE = "{'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'}]}}";
    private static final String ROLE =
            "'roleRef':{'kind':'ClusterRole','name':'view','apiGroup':'rbac.authorization.k8s.io'}";
    private static final String AUTOSCALER =
            "'spec':{'maxReplicas':2,'scaleTargetRef':{'kind':'Deployment','name':'d','apiVersion':'apps/v1'}}";
    private static final String REQUEST = Base64.getEncoder().encodeToString("""
            -----BEGIN CERTIFICATE REQUEST-----
            MIHJMHACAQAwDjEMMAoGA1UEAwwDZTJlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
            QgAEvfXIMBrWoCOkvIZCJHpBGg2/LRHRjGnUG324p48x28QfS1mGlp3u1RiunR0G
            mBKd9HbJdDh8BsLTgMnuLmtywaAAMAoGCCqGSM49BAMCA0kAMEYCIQCMFrxwxouV
            cn4OjHSlFz8BarbpeWvox0mu1M85C+FEvAIhALiuTsBURPo2vMEIzFPfkW9qsrwk
            vfHjJawVcpg7UxSj
            -----END CERTIFICATE REQUEST-----
            """.getBytes(StandardCharsets.US_ASCII));
    private static final String CERTIFICATE = "'spec':{'request':'" + REQUEST
            + "','signerName':'example.com/e2e','usages':['digital signature','server auth']}";

    /** What an object of each kind says at least, by apiVersion and kind; kinds that are not here need to say nothing. */
    private static final Map<String, String> MANIFESTS = Map.ofEntries(
            Map.entry("policy/v1 PodDisruptionBudget", "'spec':{'minAvailable':1}"),
            Map.entry("v1 LimitRange", "'spec':{'limits':[{'type':'Pod','max':{'cpu':'9'}}]}"),
            Map.entry("v1 Event", "'involvedObject':{'namespace':'lives'},'reason':'R','message':'m'"),
            Map.entry(
                    "events.k8s.io/v1 Event",
                    "'regarding':{'namespace':'lives'},'reason':'R','action':'A','type':'Normal','note':'n',"
                            + "'reportingController':'c','reportingInstance':'i','eventTime':'2026-01-01T00:00:00.000000Z'"),
            Map.entry("v1 Pod", "'spec':{'containers':[{'name':'c','image':'i'}]}"),
            Map.entry("v1 PodTemplate", "'template':" + TEMPLATE),
            Map.entry("v1 ReplicationController", "'spec':{'selector':{'app':'x'},'template':" + TEMPLATE + "}"),
            Map.entry("apps/v1 Deployment", "'spec':{" + SELECTED + "}"),
            Map.entry("apps/v1 ReplicaSet", "'spec':{" + SELECTED + "}"),
            Map.entry("apps/v1 StatefulSet", "'spec':{'serviceName':'s'," + SELECTED + "}"),
            Map.entry("apps/v1 DaemonSet", "'spec':{" + SELECTED + "}"),
            Map.entry("apps/v1 ControllerRevision", "'revision':1"),
            Map.entry("batch/v1 Job", "'spec':{'template':" + ONCE + "}"),
            Map.entry(
                    "batch/v1 CronJob",
                    "'spec':{'schedule':'* * * * *','jobTemplate':{'spec':{'template':" + ONCE + "}}}"),
            Map.entry("autoscaling/v1 HorizontalPodAutoscaler", AUTOSCALER),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", AUTOSCALER),
            Map.entry("v1 Service", "'spec':{'ports':[{'port':80}]}"),
            Map.entry("discovery.k8s.io/v1 EndpointSlice", "'addressType':'IPv4','endpoints':[]"),
            Map.entry(
                    "networking.k8s.io/v1 Ingress",
                    "'spec':{'defaultBackend':{'service':{'name':'s','port':{'number':80}}}}"),
            Map.entry("networking.k8s.io/v1 IngressClass", "'spec':{'controller':'example.com/c'}"),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", "'spec':{'podSelector':{}}"),
            Map.entry("networking.k8s.io/v1 ServiceCIDR", "'spec':{'cidrs':['203.0.113.0/24']}"),
            Map.entry("networking.k8s.io/v1 IPAddress", "'spec':{'parentRef':{'resource':'r','name':'n'}}"),
            Map.entry("scheduling.k8s.io/v1 PriorityClass", "'value':7"),
            Map.entry("node.k8s.io/v1 RuntimeClass", "'handler':'h'"),
            Map.entry("rbac.authorization.k8s.io/v1 RoleBinding", ROLE),
            Map.entry("rbac.authorization.k8s.io/v1 ClusterRoleBinding", ROLE),
            Map.entry("certificates.k8s.io/v1 CertificateSigningRequest", CERTIFICATE),
            Map.entry(
                    "v1 PersistentVolume",
                    "'spec':{'accessModes':['ReadWriteOnce'],'capacity':{'storage':'1Gi'},'hostPath':{'path':'/x'}}"),
            Map.entry(
                    "v1 PersistentVolumeClaim",
                    "'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}"),
            Map.entry("storage.k8s.io/v1 StorageClass", "'provisioner':'p'"),
            Map.entry("storage.k8s.io/v1 CSIDriver", "'spec':{}"),
            Map.entry("storage.k8s.io/v1 CSINode", "'spec':{'drivers':[]}"),
            Map.entry("storage.k8s.io/v1 CSIStorageCapacity", "'storageClassName':'x'"),
            Map.entry(
                    "storage.k8s.io/v1 VolumeAttachment",
                    "'spec':{'attacher':'a','nodeName':'n','source':{'persistentVolumeName':'pv'}}"),
            Map.entry("storage.k8s.io/v1 VolumeAttributesClass", "'driverName':'x'"),
            Map.entry("waybill.dev/v1alpha1 QuotaPool", "'spec':{'capacity':{'cpu':'1'}}"));

    /** Finalizers of these are taken off by the service that looks after volumes, which is not here. */
    private static final List<String> PROTECTED = List.of("PersistentVolume", "PersistentVolumeClaim");

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @BeforeAll
    static void start() throws Exception {
        gateway.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"lives\"}}");
    }

    static Stream<String> kinds() {
        return Kinds.standard().all().stream()
                .filter(kind -> kind.isStored() && !kind.kind().equals("CustomResourceDefinition"))
                .map(kind -> kind.apiVersion() + " " + kind.kind());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsCreatedFoundWatchedChangedAndDeleted(String name) throws Exception {
        String[] parts = name.split(" ", 2);
        Kind kind = Kinds.standard().byKind(parts[0], parts[1]);
        String all = path(kind);
        List<String> names = kind.kind().equals("IPAddress")
                ? List.of("10.1.2.3", "fe80::42:1dff:fe84:f9e2", "255.255.255.255")
                : Stream.of("a", "b", "c")
                        .map(each -> kind.kind().toLowerCase(Locale.ROOT) + "-" + each)
                        .toList();
        JsonNode first = expect(201, "POST", all, manifest(name, names.get(0), "one"));
        expect(409, "POST", all, manifest(name, names.get(0), "one"));
        expect(201, "POST", all, manifest(name, names.get(1), "one"));
        expect(201, "POST", all, manifest(name, names.get(2), "other"));
        String one = all + "/" + names.getFirst();
        assertThat(gateway.get(one).at("/metadata/uid")).isEqualTo(first.at("/metadata/uid"));
        JsonNode list = gateway.get(all + "?labelSelector=which%3Done");
        assertThat(list.path("kind").asString()).isEqualTo(kind.listKind());
        assertThat(list.path("items")).hasSize(2);

        try (Watch watch = new Watch(all + "?watch=true&labelSelector=which%3Done&resourceVersion="
                + list.at("/metadata/resourceVersion").asString())) {
            JsonNode patched = merge(200, one, "{'metadata':{'annotations':{'patched':'yes'}}}");
            assertThat(patched.at("/metadata/annotations/patched").asString()).isEqualTo("yes");
            ObjectNode object = (ObjectNode) gateway.get(one);
            ((ObjectNode) object.at("/metadata/annotations")).put("updated", "yes");
            assertThat(expect(200, "PUT", one, object.toString())
                            .at("/metadata/annotations/updated")
                            .asString())
                    .isEqualTo("yes");
            if (kind.hasStatus()) {
                status(kind, one);
            }
            JsonNode deleted = expect(200, "DELETE", all + "/" + names.get(1), "");
            if (!kind.kind().equals("Namespace")) { // which may be gone by the time of the answer, or not
                assertThat(deleted.path("kind").asString()).isEqualTo(kind.showsDeleted() ? kind.kind() : "Status");
            }
            assertThat(watch.next("MODIFIED")
                            .at("/metadata/annotations/patched")
                            .asString())
                    .isEqualTo("yes");
            expect(200, "DELETE", all + "?labelSelector=which%3Done", "");
            if (!PROTECTED.contains(kind.kind())) {
                watch.next("DELETED");
                watch.next("DELETED");
                assertThat(gateway.get(all + "?labelSelector=which%3Done").path("items"))
                        .isEmpty();
            }
        }
        assertThat(gateway.get(all + "?labelSelector=which%3Dother").path("items"))
                .hasSize(1);
        expect(200, "DELETE", all + "?labelSelector=which%3Dother", "");
    }

    /** A write of the status takes annotations along, where the kind's status does not stand alone. */
    private static void status(Kind kind, String one) throws Exception {
        assertThat(gateway.get(one + "/status").path("kind").asString()).isEqualTo(kind.kind());
        boolean alone = kind.rules().metadataWithStatus().isEmpty();
        JsonNode patched = merge(200, one + "/status", "{'metadata':{'annotations':{'patchedstatus':'yes'}}}");
        assertThat(patched.at("/metadata/annotations").has("patchedstatus")).isEqualTo(!alone);
        ObjectNode object = (ObjectNode) gateway.get(one);
        ((ObjectNode) object.at("/metadata/annotations")).put("updatedstatus", "yes");
        JsonNode updated = expect(200, "PUT", one + "/status", object.toString());
        assertThat(updated.at("/metadata/annotations").has("updatedstatus")).isEqualTo(!alone);
        assertThat(updated.at("/spec")).isEqualTo(object.at("/spec"));
    }

    @Test
    void labelsOfADeploymentAreNotItsStatus() throws Exception {
        String all = "/apis/apps/v1/namespaces/lives/deployments";
        expect(201, "POST", all, manifest("apps/v1 Deployment", "labelled", "x"));
        JsonNode patched =
                merge(200, all + "/labelled/status", "{'metadata':{'labels':{'a':'b'}},'status':{'replicas':3}}");
        assertThat(patched.at("/metadata/labels").has("a")).isFalse();
        assertThat(patched.at("/status/replicas").asInt()).isEqualTo(3);
        assertThat(merge(422, all + "/labelled/status", "{'metadata':{'annotations':{'no good':'x'}}}")
                        .path("message")
                        .asString())
                .contains("metadata.annotations: Invalid value");
    }

    @Test
    void theFinalizersOfANamespaceAreSetAndHoldIt() throws Exception {
        expect(201, "POST", "/api/v1/namespaces", "{'metadata':{'name':'finalized'}}");
        String one = "/api/v1/namespaces/finalized";
        JsonNode set = expect(
                200,
                "PUT",
                one + "/finalize",
                "{'metadata':{'name':'finalized'},'spec':{'finalizers':['example.com/mine','kubernetes']}}");
        assertThat(set.at("/spec/finalizers")).hasSize(2);
        expect(200, "DELETE", one, "");
        until(() -> gateway.get(one).at("/spec/finalizers").size() == 1);
        JsonNode held = gateway.get(one);
        assertThat(held.at("/spec/finalizers/0").asString()).isEqualTo("example.com/mine");
        assertThat(condition(held, "NamespaceContentRemaining").path("status").asString())
                .isEqualTo("False");
        expect(200, "PUT", one + "/finalize", "{'metadata':{'name':'finalized'},'spec':{}}");
        assertThat(gateway.get(one).path("code").asInt()).isEqualTo(404);
    }

    @Test
    void theEndOfANamespaceBeginsWithItsPodsAndSaysWhatHoldsIt() throws Exception {
        expect(201, "POST", "/api/v1/namespaces", "{'metadata':{'name':'ending'}}");
        String one = "/api/v1/namespaces/ending";
        expect(201, "POST", one + "/configmaps", "{'metadata':{'name':'last'}}");
        expect(
                201,
                "POST",
                one + "/pods",
                "{'metadata':{'name':'first','finalizers':['example.com/x']},"
                        + "'spec':{'containers':[{'name':'c','image':'i'}]}}");
        expect(200, "DELETE", one, "");
        until(() ->
                !condition(gateway.get(one), "NamespaceDeletionContentFailure").isEmpty());
        JsonNode ending = gateway.get(one);
        assertThat(condition(ending, "NamespaceDeletionContentFailure")
                        .path("message")
                        .asString())
                .contains("Resource=pods");
        assertThat(condition(ending, "NamespaceFinalizersRemaining")
                        .path("message")
                        .asString())
                .isEqualTo("Some content in the namespace has finalizers remaining: example.com/x in 1 resource"
                        + " instances");
        assertThat(gateway.get(one + "/pods/first").at("/metadata").has("deletionTimestamp"))
                .isTrue();
        JsonNode map = gateway.get(one + "/configmaps/last");
        assertThat(map.at("/metadata/name").asString()).isEqualTo("last");
        assertThat(map.at("/metadata").has("deletionTimestamp")).isFalse();
        merge(200, one + "/pods/first", "{'metadata':{'finalizers':null}}");
        until(() -> gateway.get(one).path("code").asInt() == 404);
    }

    @Test
    void theAccountOfPodsComesBack() throws Exception {
        JsonNode before = gateway.get(NAMESPACE + "/serviceaccounts/default");
        expect(200, "DELETE", NAMESPACE + "/serviceaccounts/default", "");
        JsonNode after = gateway.get(NAMESPACE + "/serviceaccounts/default");
        assertThat(after.at("/metadata/name").asString()).isEqualTo("default");
        assertThat(after.at("/metadata/uid")).isNotEqualTo(before.at("/metadata/uid"));
    }

    @Test
    void certificatesAreApprovedBeforeTheyAreSigned() throws Exception {
        JsonNode created = expect(201, "POST", CERTIFICATES, "{'metadata':{'name':'csr'}," + CERTIFICATE + "}");
        assertThat(created.at("/spec/username").asString()).isEqualTo("admin");
        assertThat(created.at("/spec/groups").toString()).contains("system:masters");
        assertThat(gateway.get(CERTIFICATES + "?fieldSelector=spec.signerName%3Dexample.com/e2e")
                        .path("items"))
                .isNotEmpty();
        String one = CERTIFICATES + "/csr";
        assertThat(merge(422, one + "/status", "{'status':{'conditions':[{'type':'Approved','status':'True'}]}}")
                        .path("message")
                        .asString())
                .contains("status.conditions: Forbidden: updates may not add a condition of type \"Approved\"");
        JsonNode approved = merge(
                200,
                one + "/approval",
                "{'metadata':{'annotations':{'a':'b'}},'spec':{'signerName':'other.com/x'},"
                        + "'status':{'certificate':'AA==','conditions':[{'type':'Approved','status':'True','reason':'R'}]}}");
        assertThat(approved.at("/metadata/annotations/a").asString()).isEqualTo("b");
        assertThat(approved.at("/spec/signerName").asString()).isEqualTo("example.com/e2e");
        assertThat(approved.path("status").has("certificate")).isFalse();
        assertThat(approved.at("/status/conditions/0/lastUpdateTime").asString())
                .isNotEmpty();
        assertThat(merge(422, one + "/approval", "{'status':{'conditions':[]}}")
                        .path("message")
                        .asString())
                .contains("updates may not remove a condition of type \"Approved\"");
        JsonNode signed = merge(200, one + "/status", "{'status':{'certificate':'AAAA'}}");
        assertThat(signed.at("/status/certificate").asString()).isEqualTo("AAAA");
        assertThat(merge(422, one + "/status", "{'status':{'certificate':'BBBB'}}")
                        .path("message")
                        .asString())
                .contains("updates may not modify existing certificate content");
    }

    @Test
    void approvingTakesARightToTheSigner() throws Exception {
        expect(201, "POST", CERTIFICATES, "{'metadata':{'name':'guarded'}," + CERTIFICATE + "}");
        expect(
                201,
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                "{'metadata':{'name':'approver'},'rules':[{'apiGroups':['certificates.k8s.io'],"
                        + "'resources':['certificatesigningrequests/approval'],'verbs':['update','patch']}]}");
        expect(
                201,
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "{'metadata':{'name':'approver'},'roleRef':{'kind':'ClusterRole','name':'approver',"
                        + "'apiGroup':'rbac.authorization.k8s.io'},'subjects':[{'kind':'User','name':'ann'}]}");
        HttpResponse<String> refused = gateway.send(gateway.request(CERTIFICATES + "/guarded/approval")
                .header("Content-Type", "application/merge-patch+json")
                .header("Impersonate-User", "ann")
                .method(
                        "PATCH",
                        HttpRequest.BodyPublishers.ofString(
                                "{\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}]}}"))
                .build());
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body())
                .contains("user not permitted to approve requests with signerName \\\"example.com/e2e\\\"");
    }

    @Test
    void whatAnotherOwnerHoldsOutlastsTheOneThatWaitsForIt() throws Exception {
        JsonNode ending = map("owner-ending", "");
        JsonNode staying = map("owner-staying", "");
        map("of-one", owner(ending));
        map("of-both", owner(ending) + "," + owner(staying));
        expect(202, "DELETE", MAPS + "/owner-ending", "{'propagationPolicy':'Foreground'}");
        until(() -> gateway.get(MAPS + "/owner-ending").path("code").asInt() == 404);
        assertThat(gateway.get(MAPS + "/of-one").path("code").asInt()).isEqualTo(404);
        JsonNode left = gateway.get(MAPS + "/of-both").path("metadata");
        assertThat(left.has("deletionTimestamp")).isFalse();
        assertThat(left.path("ownerReferences")).hasSize(1);
        assertThat(left.at("/ownerReferences/0/name").asString()).isEqualTo("owner-staying");
    }

    @Test
    void childrenOfChildrenAreWaitedForAndACircleEnds() throws Exception {
        JsonNode top = map("top", "");
        JsonNode middle = map("middle", owner(top));
        expect(
                201,
                "POST",
                MAPS,
                "{'metadata':{'name':'bottom','finalizers':['example.com/x'],'ownerReferences':[" + owner(middle)
                        + "]}}");
        expect(202, "DELETE", MAPS + "/top", "{'propagationPolicy':'Foreground'}");
        until(() -> gateway.get(MAPS + "/bottom").at("/metadata").has("deletionTimestamp"));
        assertThat(gateway.get(MAPS + "/middle").at("/metadata/finalizers/0").asString())
                .isEqualTo("foregroundDeletion");
        assertThat(gateway.get(MAPS + "/top").at("/metadata/name").asString()).isEqualTo("top");
        merge(200, MAPS + "/bottom", "{'metadata':{'finalizers':null}}");
        until(() -> gateway.get(MAPS + "/top").path("code").asInt() == 404);

        JsonNode one = map("circle-1", "");
        JsonNode two = map("circle-2", owner(one));
        JsonNode three = map("circle-3", owner(two));
        merge(200, MAPS + "/circle-1", "{'metadata':{'ownerReferences':[" + owner(three) + "]}}");
        expect(202, "DELETE", MAPS + "/circle-1", "{'propagationPolicy':'Foreground'}");
        for (String name : List.of("circle-1", "circle-2", "circle-3")) {
            until(() -> gateway.get(MAPS + "/" + name).path("code").asInt() == 404);
        }
    }

    private static JsonNode map(String name, String owners) throws Exception {
        return expect(201, "POST", MAPS, "{'metadata':{'name':'" + name + "','ownerReferences':[" + owners + "]}}");
    }

    private static String owner(JsonNode object) {
        return "{'apiVersion':'v1','kind':'ConfigMap','blockOwnerDeletion':true,'name':'"
                + object.at("/metadata/name").asString() + "','uid':'"
                + object.at("/metadata/uid").asString() + "'}";
    }

    private static String path(Kind kind) {
        return (kind.group().isEmpty() ? "/api/" : "/apis/")
                + kind.apiVersion()
                + (kind.namespaced() ? "/namespaces/lives/" : "/")
                + kind.plural();
    }

    private static String manifest(String kind, String name, String which) {
        String more = MANIFESTS.getOrDefault(kind, "");
        return "{'metadata':{'name':'" + name + "','labels':{'which':'" + which + "'}}"
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private static JsonNode condition(JsonNode object, String type) {
        for (JsonNode condition : object.at("/status/conditions")) {
            if (condition.path("type").asString().equals(type)) {
                return condition;
            }
        }
        return JsonMapper.shared().createObjectNode();
    }

    private static JsonNode merge(int code, String path, String patch) throws Exception {
        HttpResponse<String> response = gateway.send(gateway.request(path)
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(patch.replace('\'', '"')))
                .build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    private static JsonNode expect(int code, String method, String path, String body) throws Exception {
        HttpResponse<String> response = gateway.send(method, path, body.replace('\'', '"'));
        assertThat(response.statusCode())
                .as(method + " " + path + ": " + response.body())
                .isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    /** Something that is so after a while. */
    private interface Check {
        boolean holds() throws Exception;
    }

    private static void until(Check check) throws Exception {
        while (!check.holds()) {
            Thread.sleep(Duration.ofMillis(20)); // the class's time limit ends what never comes
        }
    }

    /** The changes of a collection, in their order. */
    private static final class Watch implements AutoCloseable {
        private final BufferedReader lines;
        private final List<String> seen = new ArrayList<>();

        private Watch(String path) throws Exception {
            HttpResponse<InputStream> response =
                    gateway.stream(gateway.request(path + "&timeoutSeconds=30").build());
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /** The object of the next change of a type. */
        private JsonNode next(String type) throws Exception {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode event = JsonMapper.shared().readTree(line);
                seen.add(event.path("type").asString());
                if (event.path("type").asString().equals(type)) {
                    return event.path("object");
                }
            }
            throw new AssertionError("no " + type + " but " + seen);
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
