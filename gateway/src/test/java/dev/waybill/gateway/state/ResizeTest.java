package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.PatchType;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** pods/resize: more or less CPU and memory for a pod that is there, as far as there is room. */
class ResizeTest {
    private final WriterBench writer = new WriterBench();

    @BeforeEach
    void aBoundPod() {
        writer.node("n1", 10);
        writer.pod("web", "100m");
        writer.bind("web", "n1");
    }

    private StoredObject pod() {
        return writer.get("pods", "default", "web");
    }

    private RequestOutcome resize(String resources) {
        return writer.request(writer.about(RequestOperation.PATCH, pod())
                .setSubresource("resize")
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setManifest(
                        "{\"spec\":{\"activeDeadlineSeconds\":5,\"containers\":[{\"name\":\"c\",\"image\":\"other\","
                                + "\"resources\":" + resources.replace('\'', '"') + "}]}}"));
    }

    private String shown() {
        return pod().json().at("/spec/containers/0/resources").toString();
    }

    @Test
    void theNodeIsToldOfNewAmountsAndNothingElseChanges() {
        long generation = pod().generation();
        writer.emissions.clear();
        assertThat(resize("{'requests':{'cpu':'1500m','memory':'2Mi'}}").getMessage())
                .isEmpty();
        assertThat(shown()).isEqualTo("{\"requests\":{\"cpu\":\"1500m\",\"memory\":\"2Mi\"}}");
        assertThat(pod().json().at("/spec/containers/0/image").asString()).isEqualTo("i");
        assertThat(pod().json().path("spec").has("activeDeadlineSeconds")).isFalse();
        assertThat(pod().generation()).isEqualTo(generation + 1);
        assertThat(writer.emissions).extracting(Emission::event).hasAtLeastOneElementOfType(PodAssigned.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'requests':{'ephemeral-storage':'1Gi'}} | Pod \"web\" is invalid: spec: Forbidden: only cpu and memory resources are mutable",
                "{'requests':{'cpu':null}} | Pod \"web\" is invalid: spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "{'requests':{'cpu':'1','memory':'1Mi'},'limits':{'cpu':'1','memory':'1Mi'}} | Pod \"web\" is invalid: spec: Invalid value: \"Guaranteed\": Pod QOS Class may not change as a result of resizing",
                "{'requests':{'cpu':'2'},'limits':{'cpu':'1'}} | Pod \"web\" is invalid: spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
                "{'requests':{'cpu':'5'}} | pods \"web\" is forbidden: node n1 has not enough cpu left",
                "{'requests':{'memory':'5Gi'}} | pods \"web\" is forbidden: node n1 has not enough memory left"
            })
    void whatCannotBeIsRefused(String resources, String why) {
        String before = shown();
        assertThat(resize(resources).getMessage()).isEqualTo(why);
        assertThat(shown()).isEqualTo(before);
    }

    @Test
    void quotasAndRangesHold() {
        writer.create("{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"q\",\"namespace\":"
                + "\"default\"},\"spec\":{\"hard\":{\"requests.cpu\":\"1\"}}}");
        assertThat(resize("{'requests':{'cpu':'1100m'}}").getMessage())
                .isEqualTo("pods \"web\" is forbidden: exceeded quota: q, requested: requests.cpu=1, used:"
                        + " requests.cpu=100m, limited: requests.cpu=1");
        writer.create("{\"apiVersion\":\"v1\",\"kind\":\"LimitRange\",\"metadata\":{\"name\":\"r\",\"namespace\":"
                + "\"default\"},\"spec\":{\"limits\":[{\"type\":\"Container\",\"min\":{\"cpu\":\"50m\"}}]}}");
        assertThat(resize("{'requests':{'cpu':'10m'}}").getMessage())
                .isEqualTo("pods \"web\" is forbidden: minimum cpu usage per Container is 50m, but request is 10m");
        assertThat(resize("{'requests':{'cpu':'1'}}").getCode()).isEqualTo(200);
        assertThat(writer.get("resourcequotas", "default", "q")
                        .json()
                        .at("/status/used/requests.cpu")
                        .asString())
                .isEqualTo("1");
    }

    @Test
    void aPoolGrowsNoFurtherThanItsCapacity() {
        writer.create("{\"apiVersion\":\"waybill.dev/v1alpha1\",\"kind\":\"QuotaPool\",\"metadata\":{\"name\":\"p\"},"
                + "\"spec\":{\"capacity\":{\"cpu\":\"1\"},\"namespaces\":[\"default\"]}}");
        assertThat(resize("{'requests':{'cpu':'1100m'}}").getMessage())
                .isEqualTo("pods \"web\" is forbidden: the quota pool of namespace default has no room for more");
        assertThat(resize("{'requests':{'cpu':'900m'}}").getCode()).isEqualTo(200);
    }
}
