package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
    static final String CERTIFICATE = "'spec':{'request':'" + REQUEST
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
        JsonNode first = gateway.expect(201, "POST", all, manifest(name, names.get(0), "one"));
        gateway.expect(409, "POST", all, manifest(name, names.get(0), "one"));
        gateway.expect(201, "POST", all, manifest(name, names.get(1), "one"));
        gateway.expect(201, "POST", all, manifest(name, names.get(2), "other"));
        String one = all + "/" + names.getFirst();
        assertThat(gateway.get(one).at("/metadata/uid")).isEqualTo(first.at("/metadata/uid"));
        JsonNode list = gateway.get(all + "?labelSelector=which%3Done");
        assertThat(list.path("kind").asString()).isEqualTo(kind.listKind());
        assertThat(list.path("items")).hasSize(2);

        try (Watch watch = new Watch(all + "?watch=true&labelSelector=which%3Done&resourceVersion="
                + list.at("/metadata/resourceVersion").asString())) {
            JsonNode patched = gateway.merge(200, one, "{'metadata':{'annotations':{'patched':'yes'}}}");
            assertThat(patched.at("/metadata/annotations/patched").asString()).isEqualTo("yes");
            ObjectNode object = (ObjectNode) gateway.get(one);
            ((ObjectNode) object.at("/metadata/annotations")).put("updated", "yes");
            assertThat(gateway.expect(200, "PUT", one, object.toString())
                            .at("/metadata/annotations/updated")
                            .asString())
                    .isEqualTo("yes");
            if (kind.hasStatus()) {
                status(kind, one);
            }
            JsonNode deleted = gateway.expect(200, "DELETE", all + "/" + names.get(1), "");
            if (!kind.kind().equals("Namespace")) { // which may be gone by the time of the answer, or not
                assertThat(deleted.path("kind").asString()).isEqualTo(kind.showsDeleted() ? kind.kind() : "Status");
            }
            assertThat(watch.next("MODIFIED")
                            .at("/metadata/annotations/patched")
                            .asString())
                    .isEqualTo("yes");
            gateway.expect(200, "DELETE", all + "?labelSelector=which%3Done", "");
            if (!PROTECTED.contains(kind.kind())) {
                watch.next("DELETED");
                watch.next("DELETED");
                assertThat(gateway.get(all + "?labelSelector=which%3Done").path("items"))
                        .isEmpty();
            }
        }
        assertThat(gateway.get(all + "?labelSelector=which%3Dother").path("items"))
                .hasSize(1);
        gateway.expect(200, "DELETE", all + "?labelSelector=which%3Dother", "");
    }

    /** A write of the status takes annotations along, where the kind's status does not stand alone. */
    private static void status(Kind kind, String one) throws Exception {
        assertThat(gateway.get(one + "/status").path("kind").asString()).isEqualTo(kind.kind());
        boolean alone = kind.rules().metadataWithStatus().isEmpty();
        JsonNode patched = gateway.merge(200, one + "/status", "{'metadata':{'annotations':{'patchedstatus':'yes'}}}");
        assertThat(patched.at("/metadata/annotations").has("patchedstatus")).isEqualTo(!alone);
        ObjectNode object = (ObjectNode) gateway.get(one);
        ((ObjectNode) object.at("/metadata/annotations")).put("updatedstatus", "yes");
        JsonNode updated = gateway.expect(200, "PUT", one + "/status", object.toString());
        assertThat(updated.at("/metadata/annotations").has("updatedstatus")).isEqualTo(!alone);
        assertThat(updated.at("/spec")).isEqualTo(object.at("/spec"));
    }

    @Test
    void labelsOfADeploymentAreNotItsStatus() throws Exception {
        String all = "/apis/apps/v1/namespaces/lives/deployments";
        gateway.expect(201, "POST", all, manifest("apps/v1 Deployment", "labelled", "x"));
        JsonNode patched = gateway.merge(
                200, all + "/labelled/status", "{'metadata':{'labels':{'a':'b'}},'status':{'replicas':3}}");
        assertThat(patched.at("/metadata/labels").has("a")).isFalse();
        assertThat(patched.at("/status/replicas").asInt()).isEqualTo(3);
        assertThat(gateway.merge(422, all + "/labelled/status", "{'metadata':{'annotations':{'no good':'x'}}}")
                        .path("message")
                        .asString())
                .contains("metadata.annotations: Invalid value");
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
