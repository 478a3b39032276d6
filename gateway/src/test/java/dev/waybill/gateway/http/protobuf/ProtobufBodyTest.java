package dev.waybill.gateway.http.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kinds;
import io.kubernetes.client.proto.IntStr;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Resource;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Networking;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ProtobufBodyTest {

    @Test
    void whatGoLeavesOutOfJsonIsLeftOut() throws Exception {
        JsonNode map = decode(
                "v1",
                "ConfigMap",
                V1.ConfigMap.newBuilder()
                        .setMetadata(Meta.ObjectMeta.newBuilder()
                                .setName("c")
                                .setGenerateName("")
                                .setGeneration(0)
                                .setCreationTimestamp(
                                        Meta.Time.newBuilder().setSeconds(0).setNanos(0)))
                        .putData("k", "v")
                        .putData("empty", "")
                        .putBinaryData("b", ByteString.copyFromUtf8("hi"))
                        .setImmutable(false)
                        .build());
        assertThat(map).isEqualTo(Json.parse("""
                {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},
                 "data":{"k":"v","empty":""},"binaryData":{"b":"aGk="},"immutable":false}"""));
    }

    @Test
    void zeroIsAValueWhereGoHasAPointer() throws Exception {
        JsonNode deployment = decode(
                "apps/v1",
                "Deployment",
                V1Apps.Deployment.newBuilder()
                        .setSpec(V1Apps.DeploymentSpec.newBuilder()
                                .setReplicas(0)
                                .setMinReadySeconds(0)
                                .setStrategy(V1Apps.DeploymentStrategy.newBuilder()
                                        .setRollingUpdate(V1Apps.RollingUpdateDeployment.newBuilder()
                                                .setMaxSurge(port(0, ""))
                                                .setMaxUnavailable(port(1, "25%")))))
                        .setStatus(V1Apps.DeploymentStatus.getDefaultInstance())
                        .build());
        assertThat(deployment).isEqualTo(Json.parse("""
                {"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":0,"strategy":
                 {"rollingUpdate":{"maxSurge":0,"maxUnavailable":"25%"}}},"status":{}}"""));
    }

    @Test
    void embeddedStructsQuantitiesAndTimesReadAsInJson() throws Exception {
        JsonNode pod = decode(
                "v1",
                "Pod",
                V1.Pod.newBuilder()
                        .setMetadata(Meta.ObjectMeta.newBuilder()
                                .setCreationTimestamp(Meta.Time.newBuilder().setSeconds(1_700_000_000L))
                                .addManagedFields(Meta.ManagedFieldsEntry.newBuilder()
                                        .setFieldsV1(Meta.FieldsV1.newBuilder()
                                                .setRaw(ByteString.copyFromUtf8("{\"f:data\":{}}")))))
                        .setSpec(V1.PodSpec.newBuilder()
                                .addVolumes(V1.Volume.newBuilder()
                                        .setName("v")
                                        .setVolumeSource(V1.VolumeSource.newBuilder()
                                                .setEmptyDir(V1.EmptyDirVolumeSource.getDefaultInstance())))
                                .addContainers(V1.Container.newBuilder()
                                        .setName("c")
                                        .setStdin(false)
                                        .setLivenessProbe(V1.Probe.newBuilder()
                                                .setPeriodSeconds(0)
                                                .setHandler(V1.ProbeHandler.newBuilder()
                                                        .setHttpGet(V1.HTTPGetAction.newBuilder()
                                                                .setPort(port(0, "")
                                                                        .setIntVal(80)))))
                                        .setResources(V1.ResourceRequirements.newBuilder()
                                                .putLimits(
                                                        "cpu",
                                                        Resource.Quantity.newBuilder()
                                                                .setString("500m")
                                                                .build()))))
                        .build());
        assertThat(pod).isEqualTo(Json.parse("""
                {"apiVersion":"v1","kind":"Pod",
                 "metadata":{"creationTimestamp":"2023-11-14T22:13:20Z",
                   "managedFields":[{"fieldsV1":{"f:data":{}}}]},
                 "spec":{"volumes":[{"name":"v","emptyDir":{}}],
                   "containers":[{"name":"c","livenessProbe":{"httpGet":{"port":80}},
                     "resources":{"limits":{"cpu":"500m"}}}]}}"""));
    }

    /** What client-go's typed clients send; Waybill's own kinds and those of others come as JSON. */
    @Test
    void everyKindOfKubernetesIsKnown() {
        assertThat(Kinds.standard().all())
                .filteredOn(kind -> !kind.apiVersion().startsWith("waybill.dev/")
                        && !kind.apiVersion().startsWith("metrics.k8s.io/")
                        && !kind.kind().equals("CustomResourceDefinition"))
                .allSatisfy(kind -> assertThat(Messages.of(kind.apiVersion(), kind.kind()))
                        .as(kind.apiVersion() + " " + kind.kind())
                        .isNotNull());
    }

    @Test
    void jobsAndIngressesReadAsInJson() throws Exception {
        JsonNode job = decode(
                "batch/v1",
                "Job",
                V1Batch.Job.newBuilder()
                        .setSpec(V1Batch.JobSpec.newBuilder().setBackoffLimit(0).setTtlSecondsAfterFinished(0))
                        .build());
        assertThat(job).isEqualTo(Json.parse("""
                {"apiVersion":"batch/v1","kind":"Job","spec":{"backoffLimit":0,"ttlSecondsAfterFinished":0}}"""));
        JsonNode ingress = decode(
                "networking.k8s.io/v1",
                "Ingress",
                V1Networking.Ingress.newBuilder()
                        .setSpec(V1Networking.IngressSpec.newBuilder()
                                .addRules(V1Networking.IngressRule.newBuilder()
                                        .setHost("a.example.com")
                                        .setIngressRuleValue(V1Networking.IngressRuleValue.newBuilder()
                                                .setHttp(V1Networking.HTTPIngressRuleValue.newBuilder()
                                                        .addPaths(V1Networking.HTTPIngressPath.newBuilder()
                                                                .setPath("/"))))))
                        .build());
        assertThat(ingress.path("spec")).isEqualTo(Json.parse("""
                {"rules":[{"host":"a.example.com","http":{"paths":[{"path":"/"}]}}]}"""));
        JsonNode volume = decode(
                "v1",
                "PersistentVolume",
                V1.PersistentVolume.newBuilder()
                        .setSpec(V1.PersistentVolumeSpec.newBuilder()
                                .setPersistentVolumeSource(V1.PersistentVolumeSource.newBuilder()
                                        .setHostPath(V1.HostPathVolumeSource.newBuilder()
                                                .setPath("/srv"))))
                        .build());
        assertThat(volume.path("spec")).isEqualTo(Json.parse("{\"hostPath\":{\"path\":\"/srv\"}}"));
        JsonNode review = decode(
                "authorization.k8s.io/v1",
                "SubjectAccessReview",
                V1Authorization.SubjectAccessReview.newBuilder()
                        .setSpec(V1Authorization.SubjectAccessReviewSpec.newBuilder()
                                .putExtra(
                                        "scopes",
                                        V1Authorization.ExtraValue.newBuilder()
                                                .addItems("a")
                                                .build()))
                        .build());
        assertThat(review.path("spec")).isEqualTo(Json.parse("{\"extra\":{\"scopes\":[\"a\"]}}"));
    }

    @Test
    void optionsOfADeletionAreReadInEveryGroup() throws Exception {
        Meta.DeleteOptions options = Meta.DeleteOptions.newBuilder()
                .setGracePeriodSeconds(0)
                .setPropagationPolicy("Foreground")
                .build();
        for (String version : new String[] {"v1", "apps/v1", "meta.k8s.io/v1"}) {
            JsonNode read = decode(version, "DeleteOptions", options);
            assertThat(read.path("gracePeriodSeconds").asInt(-1)).isZero();
            assertThat(Json.text(read, "propagationPolicy")).isEqualTo("Foreground");
        }
    }

    @Test
    void whatIsNoSuchBodyIsRefusedAndNeverWorse() throws Exception {
        assertThatThrownBy(() -> ProtobufBody.decode("{}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedBodyException.class)
                .hasMessageContaining("k8s");
        byte[] unknown = bytes("v1", "Nothing", Meta.DeleteOptions.getDefaultInstance());
        assertThatThrownBy(() -> ProtobufBody.decode(unknown))
                .isInstanceOf(MalformedBodyException.class)
                .hasMessageContaining("Nothing");
        byte[] good = bytes(
                "v1",
                "ConfigMap",
                V1.ConfigMap.newBuilder().putData("k", "v".repeat(50)).build());
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] bad = good.clone();
            bad[4 + random.nextInt(bad.length - 4)] = (byte) random.nextInt();
            try {
                ProtobufBody.decode(bad);
            } catch (MalformedBodyException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    private static IntStr.IntOrString.Builder port(int type, String text) {
        return IntStr.IntOrString.newBuilder().setType(type).setIntVal(0).setStrVal(text);
    }

    private static JsonNode decode(String apiVersion, String kind, Message message) throws Exception {
        return Json.parse(Json.write(ProtobufBody.decode(bytes(apiVersion, kind, message))));
    }

    private static byte[] bytes(String apiVersion, String kind, Message message) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(new byte[] {'k', '8', 's', 0});
        Runtime.Unknown.newBuilder()
                .setTypeMeta(
                        Runtime.TypeMeta.newBuilder().setApiVersion(apiVersion).setKind(kind))
                .setRaw(message.toByteString())
                .setContentEncoding("")
                .setContentType("")
                .build()
                .writeTo(body);
        return body.toByteArray();
    }
}
