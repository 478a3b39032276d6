package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StoredObjectTest {
    private static final String TEXT = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"shop","uid":"u","labels":{"app":"web"},
             "managedFields":[{"manager":"kubectl"}]},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}""";

    /** Whether or not its tree is still in memory. */
    @Test
    void whatIsLookedAtInPassingIsWhatTheTreeSays() {
        Kind pods = Objects.requireNonNull(Kinds.standard().byResource("", "pods"));
        StoredObject pod = StoredObject.ofText(new ResourceKey("", "pods", "shop", "p"), pods, "u", 7, 1, TEXT);
        System.gc(); // which clears the weak reference to the tree
        assertThat(pod.labels()).isEqualTo(Map.of("app", "web"));
        assertThat(pods.selectableFields(pod.content())).containsEntry("spec.nodeName", "n1");
        assertThat(pod.content().at("/metadata/managedFields").isMissingNode()).isTrue();
        assertThat(pod.json().at("/metadata/managedFields/0/manager").asString())
                .isEqualTo("kubectl");
        assertThat(pods.selectableFields(pod.content())).isEqualTo(pods.selectableFields(pod.json()));
    }

    @Test
    void objectsOfTheSameOwnersShareWhatSaysSo() {
        ObjectText one = ObjectText.of(TEXT);
        ObjectText other = ObjectText.of(TEXT.replace("\"p\"", "\"q\""));
        assertThat(one.whole()).isEqualTo(TEXT);
        assertThat(one.length()).isEqualTo(TEXT.length());
        assertThat(one.content())
                .doesNotContain("managedFields")
                .startsWith("{")
                .endsWith("}");
        assertThat(other.ownership()).isSameAs(one.ownership());
        assertThat(ObjectText.of("{}").whole()).isEqualTo("{}");
    }
}
