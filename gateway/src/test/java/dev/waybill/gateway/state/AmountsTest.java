package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.RequestOutcome;
import org.junit.jupiter.api.Test;

/** LimitRange and ResourceQuota: what containers get that say nothing, and what is refused, in Kubernetes' words. */
class AmountsTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void defaultsAreFilledInWrittenDownAndCountForTheClassOfService() {
        range("{\"type\":\"Container\",\"default\":{\"cpu\":\"200m\",\"memory\":\"64Mi\"}}");
        assertThat(pod("{}").getCode()).isEqualTo(201);
        StoredObject pod = writer.get("pods", "default", "p");
        assertThat(pod.json().at("/spec/containers/0/resources/requests/cpu").asString())
                .isEqualTo("200m");
        assertThat(pod.json()
                        .path("metadata")
                        .path("annotations")
                        .path("kubernetes.io/limit-ranger")
                        .asString())
                .isEqualTo("LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for"
                        + " container c");
        assertThat(pod.json().at("/status/qosClass").asString()).isEqualTo("Guaranteed");
    }

    @Test
    void boundsHoldForRequestsAndLimits() {
        range("{\"type\":\"Container\",\"min\":{\"cpu\":\"100m\"},\"max\":{\"memory\":\"64Mi\"},"
                + "\"maxLimitRequestRatio\":{\"cpu\":\"2\"}}");
        assertThat(pod("{\"requests\":{\"cpu\":\"50m\"},\"limits\":{\"cpu\":\"200m\",\"memory\":\"128Mi\"}}")
                        .getMessage())
                .isEqualTo(
                        "pods \"p\" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum"
                                + " memory usage per Container is 64Mi, but limit is 128Mi, cpu max limit to request ratio per"
                                + " Container is 2, but provided ratio is 4.000000]");
        assertThat(pod("{\"requests\":{\"cpu\":\"100m\"},\"limits\":{\"memory\":\"1Mi\"}}")
                        .getMessage())
                .contains("ratio per Container is 2, but no limit is specified or limit is 0");
    }

    @Test
    void aPodsSumHasBoundsOfItsOwn() {
        range("{\"type\":\"Pod\",\"max\":{\"cpu\":\"1\"}}");
        assertThat(pod("{\"limits\":{\"cpu\":\"2\"}}").getMessage())
                .isEqualTo("pods \"p\" is forbidden: maximum cpu usage per Pod is 1, but limit is 2");
        assertThat(pod("{}").getMessage())
                .isEqualTo("pods \"p\" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified");
    }

    @Test
    void aClaimAsksForAsMuchAsItsNamespaceLets() {
        range("{\"type\":\"PersistentVolumeClaim\",\"min\":{\"storage\":\"1Gi\"},\"max\":{\"storage\":\"2Gi\"}}");
        assertThat(claim("3Gi").getMessage())
                .isEqualTo("persistentvolumeclaims \"v\" is forbidden: maximum storage usage per PersistentVolumeClaim"
                        + " is 2Gi, but limit is 3Gi");
        assertThat(claim("512Mi").getMessage())
                .contains("minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi");
        assertThat(claim("1Gi").getCode()).isEqualTo(201);
    }

    @Test
    void aQuotaCountsServicesAndClaims() {
        writer.create("{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"q\",\"namespace\":"
                + "\"default\"},\"spec\":{\"hard\":{\"persistentvolumeclaims\":\"1\",\"services\":\"0\"}}}");
        assertThat(claim("1Gi").getCode()).isEqualTo(201);
        assertThat(writer.create(
                                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"s\",\"namespace\":"
                                        + "\"default\"},\"spec\":{\"ports\":[{\"port\":80}]}}")
                        .getMessage())
                .isEqualTo("services \"s\" is forbidden: exceeded quota: q, requested: services=1, used: services=1,"
                        + " limited: services=0");
    }

    @Test
    void aQuotaWithScopesIsAboutThosePodsOnly() {
        quota("best", "{\"hard\":{\"pods\":\"1\"},\"scopes\":[\"BestEffort\"]}");
        quota(
                "urgent",
                "{\"hard\":{\"cpu\":\"1\"},\"scopeSelector\":{\"matchExpressions\":[{\"scopeName\":\"PriorityClass\","
                        + "\"operator\":\"In\",\"values\":[\"urgent\"]}]}}");
        assertThat(pod("{}").getCode()).isEqualTo(201);
        assertThat(named("q", "{}", "").getMessage())
                .isEqualTo("pods \"q\" is forbidden: exceeded quota: best, requested: pods=1, used: pods=1, limited:"
                        + " pods=1");
        assertThat(named("big", "{\"requests\":{\"cpu\":\"2\"}}", "").getCode())
                .as("of neither scope")
                .isEqualTo(201);
        writer.create("""
                {"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"urgent"},"value":9}""");
        assertThat(named("u", "{\"requests\":{\"cpu\":\"2\"}}", ",\"priorityClassName\":\"urgent\"")
                        .getMessage())
                .contains("exceeded quota: urgent, requested: cpu=2, used: cpu=0, limited: cpu=1");
        assertThat(writer.get("resourcequotas", "default", "best")
                        .json()
                        .at("/status/used/pods")
                        .asString())
                .isEqualTo("1");
    }

    @Test
    void scopesThatCannotBeAreRefused() {
        assertThat(quota("a", "{\"hard\":{\"pods\":\"1\"},\"scopes\":[\"BestEffort\",\"NotBestEffort\"]}"))
                .contains("conflicting scopes");
        assertThat(quota("b", "{\"hard\":{\"cpu\":\"1\"},\"scopes\":[\"BestEffort\"]}"))
                .contains("unsupported scope applied to resource cpu");
        assertThat(quota("c", "{\"hard\":{\"pods\":\"1\"},\"scopes\":[\"Odd\"]}"))
                .contains("spec.scopes[0]: Unsupported value: \"Odd\"");
    }

    private String quota(String name, String spec) {
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"" + name
                        + "\",\"namespace\":\"default\"},\"spec\":" + spec + "}")
                .getMessage();
    }

    private void range(String limit) {
        RequestOutcome created =
                writer.create("{\"apiVersion\":\"v1\",\"kind\":\"LimitRange\",\"metadata\":{\"name\":\"r\","
                        + "\"namespace\":\"default\"},\"spec\":{\"limits\":[" + limit + "]}}");
        assertThat(created.getMessage()).isEmpty();
    }

    private RequestOutcome pod(String resources) {
        return named("p", resources, "");
    }

    private RequestOutcome named(String name, String resources, String spec) {
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":"
                + resources + "}]" + spec + "}}");
    }

    private RequestOutcome claim(String storage) {
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"metadata\":{\"name\":\"v\","
                + "\"namespace\":\"default\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":"
                + "{\"storage\":\"" + storage + "\"}}}}");
    }
}
