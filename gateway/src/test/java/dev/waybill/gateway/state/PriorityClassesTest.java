package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.RequestOutcome;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class PriorityClassesTest {
    private static final String CLASS = "{\"apiVersion\":\"scheduling.k8s.io/v1\",\"kind\":\"PriorityClass\",";

    private final WriterBench writer = new WriterBench();

    @Test
    void aPodHasThePriorityOfItsClass() {
        accepted(CLASS + "\"metadata\":{\"name\":\"high\"},\"value\":1000,\"preemptionPolicy\":\"Never\"}");
        assertThat(pod("plain", "").getMessage()).isEmpty();
        assertThat(spec("plain")).contains("\"priority\":0", "\"preemptionPolicy\":\"PreemptLowerPriority\"");
        assertThat(pod("important", ",\"priorityClassName\":\"high\"").getAccepted())
                .isTrue();
        assertThat(spec("important")).contains("\"priority\":1000", "\"preemptionPolicy\":\"Never\"");
        assertThat(pod("vital", ",\"priorityClassName\":\"system-node-critical\"")
                        .getAccepted())
                .isTrue();
        assertThat(spec("vital")).contains("\"priority\":2000001000");
        ObjectNode again = writer.get("pods", "default", "important").copy();
        ((ObjectNode) again.path("spec")).remove("priority");
        assertThat(writer.update(again).getAccepted()).isTrue();
        assertThat(spec("important")).contains("\"priority\":1000");
    }

    @Test
    void whatContradictsTheClassIsRefused() {
        assertThat(pod("p", ",\"priorityClassName\":\"none\"").getMessage())
                .isEqualTo("pods \"p\" is forbidden: no PriorityClass with name none was found");
        assertThat(pod("p", ",\"priority\":7").getMessage())
                .isEqualTo(
                        "pods \"p\" is forbidden: the integer value of priority (7) must not be provided in pod spec;"
                                + " priority admission controller computed 0 from the given PriorityClass name");
        assertThat(pod("p", ",\"preemptionPolicy\":\"Never\"").getMessage())
                .contains("the string value of PreemptionPolicy (Never) must not be provided in pod spec");
    }

    @Test
    void theSystemsOwnClassesStayAsTheyAre() {
        StoredObject own = java.util.Objects.requireNonNull(writer.image()
                .get(new ResourceKey("scheduling.k8s.io", "priorityclasses", "", "system-node-critical")));
        assertThat(writer.delete(own, "{}").getMessage())
                .isEqualTo("priorityclasses.scheduling.k8s.io \"system-node-critical\" is forbidden: this is a system"
                        + " priority class and cannot be deleted");
        ObjectNode noted = own.copy();
        noted.put("description", "mine");
        assertThat(writer.update(noted).getCode()).isEqualTo(200);
        assertThat(writer.create(CLASS + "\"metadata\":{\"name\":\"system-mine\"},\"value\":5}")
                        .getMessage())
                .isEqualTo("PriorityClass.scheduling.k8s.io \"system-mine\" is invalid: metadata.name: Forbidden:"
                        + " priority class names with 'system-' prefix are reserved for system use only. error:"
                        + " system-mine is not a known system priority class");
        noted.put("globalDefault", true);
        noted.withObject("/metadata").remove("resourceVersion");
        assertThat(writer.update(noted).getMessage())
                .contains("error: globalDefault of system-node-critical PriorityClass must be false");
    }

    @Test
    void oneClassIsForPodsThatNameNone() {
        accepted(CLASS + "\"metadata\":{\"name\":\"usual\"},\"value\":5,\"globalDefault\":true}");
        pod("p", "");
        assertThat(spec("p")).contains("\"priorityClassName\":\"usual\"", "\"priority\":5");
        assertThat(writer.create(CLASS + "\"metadata\":{\"name\":\"other\"},\"value\":6,\"globalDefault\":true}")
                        .getMessage())
                .endsWith("PriorityClass usual is already marked as default. Only one default can exist");
        assertThat(writer.create(CLASS + "\"metadata\":{\"name\":\"system-x\"},\"value\":6}")
                        .getMessage())
                .contains("priority class names with 'system-' prefix are reserved for system use only");
        assertThat(writer.create(CLASS + "\"metadata\":{\"name\":\"x\"},\"value\":1000000001}")
                        .getMessage())
                .contains("maximum allowed value of a user defined priority is 1000000000");
    }

    private void accepted(String manifest) {
        assertThat(writer.create(manifest).getMessage()).isEmpty();
    }

    private RequestOutcome pod(String name, String spec) {
        return writer.create("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default"},
                 "spec":{"containers":[{"name":"c","image":"i"}]%s}}""".formatted(name, spec));
    }

    private String spec(String pod) {
        return writer.get("pods", "default", pod).json().path("spec").toString();
    }
}
