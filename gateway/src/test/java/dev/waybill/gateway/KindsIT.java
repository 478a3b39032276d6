package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Every kind that the API serves, as kubectl uses it. */
@Timeout(600)
class KindsIT {
    private static final String SELECTED = """
              selector: {matchLabels: {app: x}}
              template:
                metadata: {labels: {app: x}}
                spec: {containers: [{name: c, image: 'i:1'}]}
            """;

    private static final String MANIFESTS = """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: s}
            spec:
              serviceName: s
            """ + SELECTED + """
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: d}
            spec:
            """ + SELECTED + """
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j}
            spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'i:1'}]}}}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: c}
            spec:
              schedule: '*/5 * * * *'
              jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'i:1'}]}}}}
            ---
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: r}
            spec: {replicas: 2, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'i:1'}]}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}], selector: {app: x}}}
            ---
            {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h},
             spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: s}}}
            ---
            {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p},
             spec: {minAvailable: 1, selector: {matchLabels: {app: x}}}}
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: pvc},
             spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
            ---
            {apiVersion: v1, kind: PersistentVolume, metadata: {name: pv},
             spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, hostPath: {path: /x}}}
            ---
            {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: example.com/x}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: net}, spec: {podSelector: {}}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i},
             spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}}
            ---
            {apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: l}, spec: {holderIdentity: me}}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b},
             roleRef: {kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io},
             subjects: [{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}]}
            """;

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    private static Kubectl kubectl;

    @BeforeAll
    static void start() throws Exception {
        kubectl = Kubectl.find("kubectl", gateway.directory(), gateway.kubeconfig())
                .orElse(null);
    }

    /** Typed commands of kubectl send protobuf. */
    @Test
    void whatKubectlMakesByItself() throws Exception {
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        kubectl.run("create", "job", "made", "--image", "i:1");
        kubectl.run("create", "cronjob", "made", "--image", "i:1", "--schedule", "*/5 * * * *");
        kubectl.run("create", "ingress", "made", "--rule", "a.example.com/*=s:80");
        kubectl.run("create", "configmap", "made", "--from-literal=a=b");
        assertThat(kubectl.run("get", "job/made", "cronjob/made", "ingress/made", "-o", "name"))
                .contains("job.batch/made", "cronjob.batch/made", "ingress.networking.k8s.io/made");
        assertThat(kubectl.run("delete", "configmap", "made", "--dry-run=server"))
                .contains("server dry run");
        assertThat(kubectl.run("get", "configmap", "made", "-o", "name")).contains("configmap/made");
        kubectl.run("delete", "job/made", "cronjob/made", "ingress/made", "configmap/made");
    }

    @Test
    void kindsAreStoredShownAndFoundTogether() throws Exception {
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        Kubectl.Result applied = kubectl.attempt(MANIFESTS, "apply", "-f", "-");
        assertThat(applied.code()).as(applied.output()).isZero();
        assertThat(applied.output()).doesNotContain("Warning");
        Kubectl.Result again = kubectl.attempt(MANIFESTS, "apply", "-f", "-");
        assertThat(again.output())
                .contains("service/s unchanged", "job.batch/j unchanged", "statefulset.apps/s unchanged");
        assertThat(kubectl.run("get", "all"))
                .contains("service/s", "statefulset.apps/s", "daemonset.apps/d", "job.batch/j", "cronjob.batch/c")
                .contains("replicationcontroller/r", "horizontalpodautoscaler.autoscaling/h");
        assertThat(kubectl.run("get", "services")).containsPattern("s +ClusterIP +10\\.[0-9.]+ +<none> +80/TCP");
        assertThat(kubectl.run("get", "pdb")).containsPattern("p +1 +N/A +0");
        assertThat(kubectl.run("get", "pvc,pv")).contains("Pending").contains("RWO");
        assertThat(kubectl.run("cluster-info")).contains("control plane").contains("is running at");
        assertThat(kubectl.run("scale", "rc/r", "--replicas=4")).contains("scaled");
        assertThat(kubectl.run("scale", "sts/s", "--replicas=2")).contains("scaled");
        assertThat(kubectl.run("explain", "job.spec.backoffLimit")).contains("integer");
        assertThat(kubectl.run("auth", "can-i", "create", "jobs")).contains("yes");
    }

    @Test
    void anotherVersionAndAnotherGroupAreViewsOfTheSameObjects() throws Exception {
        gateway.send("POST", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", """
                {"metadata":{"name":"old"},"spec":{"maxReplicas":3,"targetCPUUtilizationPercentage":50,
                 "scaleTargetRef":{"kind":"Deployment","name":"d"}}}""");
        JsonNode now = gateway.get("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/old");
        assertThat(now.at("/spec/metrics/0/resource/target/averageUtilization").asInt())
                .isEqualTo(50);
        JsonNode list = gateway.get("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers");
        assertThat(list.at("/items/0/spec/targetCPUUtilizationPercentage").isNumber())
                .isTrue();
        gateway.send("POST", "/apis/events.k8s.io/v1/namespaces/default/events", """
                {"metadata":{"name":"e"},"note":"hello","reason":"R","type":"Normal","action":"a",
                 "eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"c","reportingInstance":"i",
                 "regarding":{"kind":"Pod","name":"p","namespace":"default"}}""");
        assertThat(gateway.get("/api/v1/namespaces/default/events/e")
                        .path("message")
                        .asString())
                .isEqualTo("hello");
        assertThat(gateway.get("/apis/events.k8s.io/v1/namespaces/default/events/e")
                        .path("note")
                        .asString())
                .isEqualTo("hello");
    }

    @Test
    void statusAndSpecChangeApart() throws Exception {
        String path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
        gateway.send(
                "POST",
                path,
                "{\"metadata\":{\"name\":\"apart\"},\"spec\":{\"minAvailable\":1},"
                        + "\"status\":{\"disruptionsAllowed\":9}}");
        assertThat(gateway.get(path + "/apart").at("/status/disruptionsAllowed").asInt())
                .isZero();
        gateway.send(
                "PUT",
                path + "/apart/status",
                "{\"metadata\":{\"name\":\"apart\"},"
                        + "\"spec\":{\"minAvailable\":5},\"status\":{\"disruptionsAllowed\":2,\"currentHealthy\":1,"
                        + "\"desiredHealthy\":1,\"expectedPods\":1}}");
        JsonNode after = gateway.get(path + "/apart");
        assertThat(after.at("/status/disruptionsAllowed").asInt()).isEqualTo(2);
        assertThat(after.at("/spec/minAvailable").asInt()).isEqualTo(1);
    }
}
