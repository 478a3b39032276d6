package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.state.ObjectFacts.Special;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a RuntimeClass adds to a pod, in plain data. */
class RuntimeClassesTest {
    private final WriterBench writer = new WriterBench();

    @BeforeEach
    void publish() {
        assertThat(writer.create("""
                        {"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","metadata":{"name":"gvisor"},"handler":"runsc",
                         "overhead":{"podFixed":{"cpu":"250m","memory":"64Mi"}},
                         "scheduling":{"nodeSelector":{"sandbox":"yes"},
                          "tolerations":[{"key":"sandbox","operator":"Exists","effect":"NoSchedule"}]}}""").getCode()).isEqualTo(201);
        assertThat(writer.create("""
                        {"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","metadata":{"name":"plain"},"handler":"runc"}""").getCode()).isEqualTo(201);
    }

    private RequestOutcome pod(String name, String more) {
        return writer.create("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default"},
                 "spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"500m"}}}]%s}}""".formatted(name, more));
    }

    @Test
    void aPodGetsOverheadAndPlaceOfItsClass() {
        pod("p", ",\"runtimeClassName\":\"gvisor\",\"nodeSelector\":{\"disk\":\"fast\"}");
        StoredObject pod = writer.get("pods", "default", "p");
        JsonNode spec = pod.json().path("spec");
        assertThat(spec.path("overhead").toString()).isEqualTo("{\"cpu\":\"250m\",\"memory\":\"64Mi\"}");
        assertThat(spec.path("nodeSelector").toString()).isEqualTo("{\"disk\":\"fast\",\"sandbox\":\"yes\"}");
        assertThat(spec.path("tolerations").toString()).contains("\"key\":\"sandbox\"");
        assertThat(pod.facts().special())
                .isInstanceOfSatisfying(
                        Special.Pod.class,
                        facts -> assertThat(facts.use().cpuMillis())
                                .as("what scheduling, quota and nodes count")
                                .isEqualTo(750));
    }

    @Test
    void anOverheadThatIsNotTheClassesIsRefused() {
        String own = ",\"overhead\":{\"cpu\":\"%s\",\"memory\":\"64Mi\"}";
        assertThat(pod("a", ",\"runtimeClassName\":\"gvisor\"" + own.formatted("1"))
                        .getMessage())
                .isEqualTo("pods \"a\" is forbidden: pod rejected: "
                        + "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        assertThat(pod("b", ",\"runtimeClassName\":\"gvisor\"" + own.formatted("0.25"))
                        .getCode())
                .isEqualTo(201);
        assertThat(pod("c", own.formatted("250m")).getMessage())
                .endsWith("Pod Overhead set without corresponding RuntimeClass defined Overhead");
        assertThat(pod("d", ",\"runtimeClassName\":\"plain\"" + own.formatted("250m"))
                        .getCode())
                .isEqualTo(403);
    }

    @Test
    void anUnknownClassAndAConflictingPlaceAreRefused() {
        assertThat(pod("a", ",\"runtimeClassName\":\"none\"").getMessage())
                .isEqualTo("pods \"a\" is forbidden: pod rejected: RuntimeClass \"none\" not found");
        assertThat(pod("b", ",\"runtimeClassName\":\"gvisor\",\"nodeSelector\":{\"sandbox\":\"no\"}")
                        .getMessage())
                .endsWith("conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; "
                        + "pod.spec.nodeSelector[sandbox] = no");
    }

    @Test
    void theClassGoesToTheNodeWithThePod() {
        writer.node("n1", 10);
        pod("p", ",\"runtimeClassName\":\"plain\"");
        Decision bound = writer.bind("p", "n1");
        assertThat(bound.emissions())
                .extracting(Emission::event)
                .anySatisfy(event -> assertThat(event).isInstanceOfSatisfying(NodeObjectPublished.class, published -> {
                    assertThat(published.getResource()).isEqualTo("runtimeclasses");
                    assertThat(published.getNamespace()).isEmpty();
                    assertThat(published.getName()).isEqualTo("plain");
                    assertThat(published.getObject()).contains("\"handler\":\"runc\"");
                }));
    }
}
