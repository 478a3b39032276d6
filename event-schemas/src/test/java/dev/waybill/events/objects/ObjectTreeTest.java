package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ObjectTreeTest {
    private static final String OBJECT = """
            {"metadata":{"name":"p","labels":{"env":"prod"},"managedFields":[{"f:a":{}}]},
             "spec":{"containers":[{"name":"c","env":[{"name":"A"}],"ports":[{"hostPort":80}]}],
              "big":123456789012345678901234567890,"long":5000000000,"int":7,"half":0.5,"yes":true,"no":false,"none":null}}""";

    @Test
    void withoutNothingItIsTheWholeObject() {
        assertThat(ObjectTree.without(List.of()).read(OBJECT))
                .isEqualTo(JsonMapper.shared().readTree(OBJECT));
    }

    @Test
    void fieldsAreLeftOutAtTheirPathsOnly() {
        var tree = ObjectTree.without(List.of("metadata.managedFields", "spec.containers.env"))
                .read(OBJECT);
        assertThat(tree.path("metadata").has("managedFields")).isFalse();
        assertThat(tree.at("/metadata/labels/env").asString()).isEqualTo("prod");
        assertThat(tree.at("/spec/containers/0").propertyNames()).containsExactly("name", "ports");
        assertThat(tree.at("/spec/containers/0/ports/0/hostPort").asInt()).isEqualTo(80);
    }

    @Test
    void whatIsNoObjectIsRefused() {
        assertThatThrownBy(() -> ObjectTree.without(List.of()).read("[1]")).hasMessage("not an object: [1]");
    }
}
