package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.kinds.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** pods/ephemeralcontainers: what may join a pod, and that nothing else of it changes that way. */
class EphemeralContainersTest {
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

    private DesiredStateRequest.Builder about(RequestOperation operation) {
        return writer.about(operation, pod()).setSubresource("ephemeralcontainers");
    }

    private RequestOutcome add(String containers) {
        return writer.request(about(RequestOperation.PATCH)
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setManifest("{\"spec\":{\"ephemeralContainers\":[" + containers + "]}}"));
    }

    @Test
    void oneAfterAnotherJoinsAndTheNodeIsTold() {
        long generation = pod().generation();
        assertThat(add("{\"name\":\"one\",\"image\":\"i\",\"targetContainerName\":\"c\"}")
                        .getCode())
                .isEqualTo(200);
        writer.emissions.clear();
        RequestOutcome second = writer.request(about(RequestOperation.PATCH)
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setManifest(
                        "{\"spec\":{\"$setElementOrder/ephemeralContainers\":[{\"name\":\"one\"},{\"name\":\"two\"}],"
                                + "\"ephemeralContainers\":[{\"name\":\"two\",\"image\":\"i\",\"stdin\":true}]}}"));
        assertThat(second.getCode()).as("as kubectl debug sends it").isEqualTo(200);
        assertThat(pod().json().at("/spec/ephemeralContainers"))
                .extracting(each -> Json.text(each, "name") + " " + Json.text(each, "imagePullPolicy"))
                .containsExactly("one Always", "two Always");
        assertThat(pod().generation()).isEqualTo(generation + 2);
        assertThat(writer.emissions).extracting(Emission::event).hasAtLeastOneElementOfType(PodAssigned.class);
    }

    @Test
    void anUpdateTakesNothingButTheList() {
        ObjectNode changed = pod().copy();
        Json.child(Json.child(changed, "metadata"), "labels").put("a", "b");
        Json.child(changed, "spec").put("activeDeadlineSeconds", 5);
        Json.childArray(Json.child(changed, "spec"), "ephemeralContainers")
                .addObject()
                .put("name", "debug")
                .put("image", "i");
        assertThat(writer.request(about(RequestOperation.UPDATE).setManifest(changed.toString()))
                        .getCode())
                .isEqualTo(200);
        assertThat(pod().raw()).contains("debug").doesNotContain("activeDeadlineSeconds", "\"labels\"");
    }

    @Test
    void whatIsThereStays() {
        add("{\"name\":\"one\",\"image\":\"i\"}");
        assertThat(add("{\"name\":\"one\",\"image\":\"other\"}").getMessage())
                .contains(
                        "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"one\" may not be changed");
        RequestOutcome removed = writer.request(about(RequestOperation.PATCH)
                .setPatchType(PatchType.MERGE)
                .setManifest("{\"spec\":{\"ephemeralContainers\":null}}"));
        assertThat(removed.getCode()).isEqualTo(422);
        assertThat(removed.getMessage()).contains("existing ephemeral containers \"one\" may not be removed");
    }

    @Test
    void whatALastingContainerHasIsRefused() {
        RequestOutcome refused = add("{\"name\":\"one\",\"image\":\"i\",\"ports\":[{\"containerPort\":80}],"
                + "\"resources\":{\"limits\":{\"cpu\":\"1\"}},\"livenessProbe\":{\"exec\":{\"command\":[\"a\"]}},"
                + "\"lifecycle\":{\"preStop\":{\"exec\":{\"command\":[\"a\"]}}}}");
        assertThat(refused.getCode()).isEqualTo(422);
        for (String field : new String[] {"ports", "resources", "livenessProbe", "lifecycle"}) {
            assertThat(refused.getMessage())
                    .contains("spec.ephemeralContainers[0]." + field
                            + ": Forbidden: cannot be set for an Ephemeral Container");
        }
        assertThat(add("{\"name\":\"c\",\"image\":\"i\"}").getMessage())
                .contains("spec.ephemeralContainers[0].name: Duplicate value: \"c\"");
        assertThat(add("{\"name\":\"d\",\"image\":\"i\",\"targetContainerName\":\"none\"}")
                        .getMessage())
                .contains("spec.ephemeralContainers[0].targetContainerName: Not found: \"none\"");
    }

    @Test
    void theyComeByTheSubresourceOnly() {
        String pod = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"default\"},"
                + "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}],"
                + "\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}}";
        assertThat(writer.create(pod).getMessage())
                .contains("spec.ephemeralContainers: Forbidden: cannot be set on create");
        assertThat(writer.patch(
                                pod(),
                                PatchType.MERGE,
                                "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}}")
                        .getMessage())
                .contains("pod updates may not change fields other than");
        assertThat(writer.request(about(RequestOperation.PATCH)
                                .setPatchType(PatchType.MERGE)
                                .setManifest("{}")
                                .setUser("someone")
                                .setGroups(java.util.List.of()))
                        .getMessage())
                .contains("cannot patch resource \"pods/ephemeralcontainers\"");
    }
}
