package dev.waybill.gateway.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and checks of the built-in kinds, each on one object. */
class StandardKindsTest {
    private static final String TEMPLATE =
            "'template':{'metadata':{'labels':{'a':'b'}},'spec':{%s'containers':[{'name':'c','image':'i'}]}}";
    private static final String SELECTED = "'selector':{'matchLabels':{'a':'b'}}," + TEMPLATE.formatted("");

    @Test
    void aServiceGetsItsDefaults() {
        ObjectNode service = defaulted("v1", "Service", "{'spec':{'ports':[{'port':80}]}}");
        assertThat(service.path("spec"))
                .isEqualTo(
                        Json.parse(
                                quoted(
                                        "{'ports':[{'port':80,'protocol':'TCP','targetPort':80}],'type':'ClusterIP','sessionAffinity':'None','internalTrafficPolicy':'Cluster'}")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "v1|Service|{'spec':{'ports':[{'port':0,'targetPort':1}]}}|spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "v1|Service|{'spec':{}}|spec.ports: Required value",
                "v1|Service|{'spec':{'type':'Odd','ports':[{'port':1}]}}|spec.type: Unsupported value: \"Odd\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
                "v1|Service|{'spec':{'ports':[{'port':1},{'port':2,'name':'b'}]}}|spec.ports[0].name: Required value",
                "v1|PersistentVolumeClaim|{'spec':{'accessModes':['ReadWriteOnce']}}|spec.resources[storage]: Required value",
                "storage.k8s.io/v1|StorageClass|{}|provisioner: Required value",
                "batch/v1|CronJob|{'spec':{'schedule':'* * *','jobTemplate':{'spec':{JOB}}}}|spec.schedule: Invalid value: \"* * *\": expected exactly 5 fields, found 3: [* * *]",
                "batch/v1|Job|{'spec':{TEMPLATE}}|spec.template.spec.restartPolicy: Unsupported value: \"Always\": supported values: \"OnFailure\", \"Never\"",
                "autoscaling/v2|HorizontalPodAutoscaler|{'spec':{'maxReplicas':0,'scaleTargetRef':{'kind':'Deployment','name':'d'}}}|spec.maxReplicas: Invalid value: 0: must be greater than 0",
                "rbac.authorization.k8s.io/v1|RoleBinding|{'roleRef':{'kind':'Odd','name':'r'}}|roleRef.kind: Unsupported value: \"Odd\": supported values: \"ClusterRole\", \"Role\"",
                "networking.k8s.io/v1|Ingress|{'spec':{}}|spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified",
                "apps/v1|StatefulSet|{'spec':{TEMPLATE}}|spec.selector: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'t','projected':{'sources':[{'serviceAccountToken':{'path':'a','expirationSeconds':599}}]}}]}}|spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'t','projected':{'sources':[{'serviceAccountToken':{'expirationSeconds':600}}]}}]}}|spec.volumes[0].projected.sources[0].serviceAccountToken.path: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'t','projected':{'sources':[{'serviceAccountToken':{'path':'../a','expirationSeconds':600}}]}}]}}|spec.volumes[0].projected.sources[0].serviceAccountToken.path: Invalid value: \"../a\": must not contain '..'",
                "v1|Pod|{'spec':{MOUNT'subPath':'../a'}]}]}}|spec.containers[0].volumeMounts[0].subPath: Invalid value: \"../a\": must not contain '..'",
                "v1|Pod|{'spec':{MOUNT'subPathExpr':'/a'}]}]}}|spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: \"/a\": must be a relative path",
                "v1|Pod|{'spec':{MOUNT'subPath':'a','subPathExpr':'b'}]}]}}|spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: \"b\": subPathExpr and subPath are mutually exclusive",
                "v1|Pod|{'spec':{MOUNT'mountPropagation':'Bidirectional'}]}]}}|spec.containers[0].volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','lifecycle':{'stopSignal':'SIGQUIT'}}]}}|spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`",
                "v1|Pod|{'spec':{'os':{'name':'windows'},'containers':[{'name':'c','image':'i','lifecycle':{'stopSignal':'SIGQUIT'}}]}}|spec.containers[0].lifecycle.stopSignal: Unsupported value: \"SIGQUIT\": supported values: \"SIGKILL\", \"SIGTERM\"",
                "v1|Pod|{'spec':{'os':{'name':'dos'},'containers':[{'name':'c','image':'i','lifecycle':{'stopSignal':'SIGQUIT'}}]}}|spec.os.name: Unsupported value: \"dos\": supported values: \"linux\", \"windows\"",
                "v1|Pod|{'spec':{'hostname':'a.b','containers':[{'name':'c','image':'i'}]}}|spec.hostname: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
                "v1|Pod|{'spec':{'dnsPolicy':'None','containers':[{'name':'c','image':'i'}]}}|spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
            })
    void whatIsWrongIsSaidOfTheField(String apiVersion, String kind, String manifest, String message) {
        String text = manifest.replace(
                        "MOUNT",
                        "'volumes':[{'name':'v','emptyDir':{}}],"
                                + "'containers':[{'name':'c','image':'i','volumeMounts':[{'name':'v','mountPath':'/v',")
                .replace("JOB", TEMPLATE.formatted("'restartPolicy':'Never',"))
                .replace("TEMPLATE", TEMPLATE.formatted(""));
        assertThat(errors(apiVersion, kind, text)).containsExactly(message);
    }

    /** Of a pod for Linux every signal of Linux may be asked for, by Kubernetes' names alone. */
    @Test
    void stopSignalsAreThoseOfLinux() {
        String pod =
                "{'spec':{'os':{'name':'linux'},'containers':[{'name':'c','image':'i','lifecycle':{'stopSignal':'%s'}}]}}";
        for (String signal : List.of("SIGQUIT", "SIGRTMIN+3", "SIGRTMAX-14", "SIGRTMIN", "SIGCLD")) {
            assertThat(errors("v1", "Pod", pod.formatted(signal))).as(signal).isEmpty();
        }
        for (String signal : List.of("QUIT", "3", "SIGRTMIN+16", "SIGRTMAX-15", "sigquit")) {
            assertThat(errors("v1", "Pod", pod.formatted(signal)))
                    .as(signal)
                    .singleElement()
                    .asString()
                    .startsWith("spec.containers[0].lifecycle.stopSignal: Unsupported value: \"" + signal + "\"")
                    .contains("\"SIGRTMAX\", \"SIGRTMAX-1\", \"SIGRTMAX-10\"");
        }
    }

    @Test
    void workloadsGetTheirDefaults() {
        ObjectNode set = defaulted("apps/v1", "StatefulSet", "{'spec':{" + SELECTED + "}}");
        assertThat(set.at("/spec/podManagementPolicy").asString()).isEqualTo("OrderedReady");
        assertThat(set.at("/spec/updateStrategy/rollingUpdate/partition").asInt(-1))
                .isZero();
        ObjectNode daemons = defaulted("apps/v1", "DaemonSet", "{'spec':{" + SELECTED + "}}");
        assertThat(daemons.at("/spec/updateStrategy/rollingUpdate/maxUnavailable")
                        .asInt())
                .isEqualTo(1);
        ObjectNode job =
                defaulted("batch/v1", "Job", "{'spec':{" + TEMPLATE.formatted("'restartPolicy':'Never',") + "}}");
        assertThat(job.at("/spec/backoffLimit").asInt()).isEqualTo(6);
        assertThat(job.at("/spec/completions").asInt()).isEqualTo(1);
        kind("batch/v1", "Job").rules().prepareForCreate(job);
        assertThat(job.at("/spec/selector/matchLabels").toString())
                .isEqualTo("{\"batch.kubernetes.io/controller-uid\":\"u\"}");
        assertThat(job.at("/spec/template/metadata/labels").path("job-name").asString())
                .isEqualTo("x");
    }

    @Test
    void onlySomeOfAStatefulSetMayChange() {
        ObjectNode before = defaulted("apps/v1", "StatefulSet", "{'spec':{" + SELECTED + "}}");
        ObjectNode renamed = before.deepCopy();
        ((ObjectNode) renamed.path("spec")).put("serviceName", "other");
        assertThat(kind("apps/v1", "StatefulSet").validate(renamed, before))
                .extracting(FieldError::reason)
                .containsExactly("FieldValueForbidden");
        ObjectNode bare = before.deepCopy();
        bare.remove("spec");
        assertThat(kind("apps/v1", "StatefulSet").validate(bare, before)).isNotEmpty();
    }

    @Test
    void aDefinitionSaysWhereItsReplicasAre() {
        assertThat(errors("apiextensions.k8s.io/v1", "CustomResourceDefinition", """
                        {'spec':{'group':'example.com','scope':'Cluster','names':{'plural':'things','kind':'Thing'},
                         'versions':[{'name':'v1','served':true,'storage':true,'subresources':{'scale':{}},
                          'schema':{'openAPIV3Schema':{'type':'object'}}}]}}"""))
                .anyMatch(error ->
                        error.startsWith("spec.versions[0].subresources.scale.specReplicasPath: Invalid value"))
                .anyMatch(error -> error.startsWith("metadata.name: Invalid value"));
    }

    @Test
    void anAutoscalerIsTheSameInBothVersions() {
        Kind old = kind("autoscaling/v1", "HorizontalPodAutoscaler");
        ObjectNode object = object(
                "autoscaling/v1",
                "HorizontalPodAutoscaler",
                "{'spec':{'maxReplicas':3,'targetCPUUtilizationPercentage':70}}");
        ObjectNode stored = old.toStorage(object.deepCopy());
        assertThat(stored.path("apiVersion").asString()).isEqualTo("autoscaling/v2");
        assertThat(stored.at("/spec/metrics/0/resource/target/averageUtilization")
                        .asInt())
                .isEqualTo(70);
        assertThat(old.fromStorage(stored)).isEqualTo(object);
    }

    @Test
    void anEventIsTheSameInBothGroups() {
        Kind view = kind("events.k8s.io/v1", "Event");
        ObjectNode event = object("events.k8s.io/v1", "Event", "{'regarding':{'kind':'Pod'},'note':'n'}");
        ObjectNode stored = view.toStorage(event.deepCopy());
        assertThat(stored.path("apiVersion").asString()).isEqualTo("v1");
        assertThat(stored.at("/involvedObject/kind").asString()).isEqualTo("Pod");
        assertThat(view.fromStorage(stored)).isEqualTo(event.putNull("eventTime"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*/5 * * * *|true",
                "0 0 1,15 jan-mar mon-fri|true",
                "@hourly|true",
                "@every 1h30m|true",
                "60 * * * *|false",
                "* * * * 8|false",
                "*/0 * * * *|false",
                "@sometimes|false"
            })
    void schedulesAreThoseOfCron(String schedule, boolean valid) {
        assertThat(CronSyntax.isValid(schedule)).isEqualTo(valid);
    }

    private static List<String> errors(String apiVersion, String kind, String manifest) {
        ObjectNode object = defaulted(apiVersion, kind, manifest);
        return kind(apiVersion, kind).validate(object, null).stream()
                .map(FieldError::sentence)
                .toList();
    }

    private static ObjectNode defaulted(String apiVersion, String kind, String manifest) {
        ObjectNode object = object(apiVersion, kind, manifest);
        kind(apiVersion, kind).defaults(object);
        return object;
    }

    private static ObjectNode object(String apiVersion, String kind, String manifest) {
        ObjectNode object = (ObjectNode) Json.parse(quoted(manifest));
        object.put("apiVersion", apiVersion).put("kind", kind);
        ObjectNode metadata = object.putObject("metadata").put("name", "x").put("uid", "u");
        if (kind(apiVersion, kind).namespaced()) {
            metadata.put("namespace", "default");
        }
        return object;
    }

    private static Kind kind(String apiVersion, String kind) {
        return Objects.requireNonNull(Kinds.standard().byKind(apiVersion, kind));
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
