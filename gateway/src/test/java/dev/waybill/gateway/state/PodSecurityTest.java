package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the labels of a namespace do to requests, whoever sends them. */
class PodSecurityTest {
    private static final String PREFIX = "pod-security.kubernetes.io/";

    private final WriterBench writer = new WriterBench();

    @Test
    void aPodThatItsNamespaceForbidsIsRefusedInKubernetesWords() {
        label("default", "\"" + PREFIX + "enforce\":\"restricted\"");
        RequestOutcome refused = writer.create(pod("p", ""));
        assertThat(refused.getCode()).isEqualTo(403);
        assertThat(refused.getReason()).isEqualTo("Forbidden");
        assertThat(refused.getMessage())
                .startsWith("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\":"
                        + " allowPrivilegeEscalation != false (container \"c\" must set"
                        + " securityContext.allowPrivilegeEscalation=false), ");
    }

    @Test
    void withoutLabelsEverythingPassesInSilence() {
        RequestOutcome created = writer.create(pod("p", ",\"hostNetwork\":true"));
        assertThat(created.getCode()).isEqualTo(201);
        assertThat(created.getWarnings()).isEmpty();
    }

    @Test
    void aRequestOnThePublishersTopicMeetsTheSameCheck() {
        label("default", "\"" + PREFIX + "enforce\":\"baseline\"");
        DesiredStateRequest.Builder request = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setVersion("v1")
                .setResource("pods")
                .setNamespace("default")
                .setUser("admin")
                .setGroups(List.of(Subject.ADMINISTRATORS))
                .setManifest(pod("p", ",\"hostPID\":true"));
        assertThat(writer.request(request).getMessage()).contains("host namespaces (hostPID=true)");
        assertThat(writer.asked(Topics.SCHEDULER_REQUESTS, request).getMessage())
                .contains("host namespaces (hostPID=true)");
    }

    @Test
    void warnLetsPassAndSays() {
        label("default", "\"" + PREFIX + "warn\":\"restricted\"");
        RequestOutcome created = writer.create(pod("p", ""));
        assertThat(created.getCode()).isEqualTo(201);
        assertThat(created.getWarnings())
                .singleElement()
                .asString()
                .startsWith("would violate PodSecurity \"restricted:latest\": allowPrivilegeEscalation");
    }

    @Test
    void aTemplateIsWarnedOfByWhatIsEnforcedAndNeverRefused() {
        label("default", "\"" + PREFIX + "enforce\":\"baseline\"");
        RequestOutcome created = writer.create("""
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},"spec":{
                 "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"},
                  "annotations":{"waybill.dev/device":"/dev/kvm"}},
                  "spec":{"containers":[{"name":"c","image":"i"}]}}}}""");
        assertThat(created.getCode()).isEqualTo(201);
        assertThat(created.getWarnings())
                .containsExactly("would violate PodSecurity \"baseline:latest\": node's own resources (pod must not set"
                        + " annotation \"waybill.dev/device\")");
    }

    @Test
    void onlyChangesThatMatterAreCheckedAgain() {
        writer.create(pod("p", ",\"hostIPC\":true"));
        label("default", "\"" + PREFIX + "enforce\":\"baseline\"");
        StoredObject pod = writer.get("pods", "default", "p");
        assertThat(writer.patch(pod, PatchType.MERGE, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}")
                        .getCode())
                .isEqualTo(200);
        assertThat(writer.patch(
                                pod,
                                PatchType.STRATEGIC_MERGE,
                                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"j\"}]}}")
                        .getMessage())
                .contains("violates PodSecurity \"baseline:latest\": host namespaces (hostIPC=true)");
    }

    @Test
    void aRunningPodGetsNoDeviceAndNoPrivilegedGuest() {
        label("default", "\"" + PREFIX + "enforce\":\"baseline\"");
        writer.create(pod("p", ""));
        StoredObject pod = writer.get("pods", "default", "p");
        assertThat(writer.patch(
                                pod,
                                PatchType.MERGE,
                                "{\"metadata\":{\"annotations\":{\"waybill.dev/device-cgroup-rule\":\"a *:* rwm\"}}}")
                        .getCode())
                .isEqualTo(403);
        RequestOutcome guest = writer.request(writer.about(RequestOperation.PATCH, pod)
                .setSubresource("ephemeralcontainers")
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setManifest("{\"spec\":{\"ephemeralContainers\":[{\"name\":\"g\",\"image\":\"i\","
                        + "\"securityContext\":{\"privileged\":true}}]}}"));
        assertThat(guest.getMessage()).contains("privileged (container \"g\" must not set");
    }

    @Test
    void aStricterNamespaceWarnsOfThePodsThatAreThere() {
        writer.create(pod("one", ",\"hostPID\":true"));
        writer.create(pod("two", ",\"hostPID\":true"));
        writer.create(pod("good", ""));
        RequestOutcome labelled = label("default", "\"" + PREFIX + "enforce\":\"baseline\"");
        assertThat(labelled.getWarnings())
                .containsExactly(
                        "existing pods in namespace \"default\" violate the new PodSecurity enforce level"
                                + " \"baseline:latest\"",
                        "one (and 1 other pod): host namespaces");
        assertThat(label("default", "\"" + PREFIX + "enforce\":\"privileged\"").getWarnings())
                .isEmpty();
    }

    @Test
    void labelsThatSayNothingReadableAreRefused() {
        RequestOutcome refused = label("default", "\"" + PREFIX + "enforce\":\"strict\"");
        assertThat(refused.getCode()).isEqualTo(422);
        assertThat(refused.getMessage())
                .isEqualTo("Namespace \"default\" is invalid: metadata.labels[" + PREFIX + "enforce]: Invalid value:"
                        + " \"strict\": must be one of privileged, baseline, restricted");
    }

    private RequestOutcome label(String namespace, String labels) {
        return writer.patch(
                writer.get("namespaces", "", namespace),
                PatchType.MERGE,
                "{\"metadata\":{\"labels\":{" + labels + "}}}");
    }

    private static String pod(String name, String spec) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]" + spec
                + "}}";
    }
}
