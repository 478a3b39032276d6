package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

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
    void onlyWhatIsAskedForIsKept() {
        var tree = ObjectTree.only(List.of("metadata.name", "spec.containers.ports", "spec.long", "spec.none"))
                .read(OBJECT);
        assertThat(tree.toString())
                .isEqualTo(
                        "{\"metadata\":{\"name\":\"p\"},"
                                + "\"spec\":{\"containers\":[{\"ports\":[{\"hostPort\":80}]}],\"long\":5000000000,\"none\":null}}");
    }

    @Test
    void bracesAndQuotesWithinStringsAreText() {
        String text = """
                {"a":{"x":"}]\\\"{","y":["\\\\"]},"left":"\\"{\\"","b":[{"x":1},{"k":2,"x":"]"}]}""";
        assertThat(ObjectTree.without(List.of("a.x", "b.x")).read(text).toString())
                .isEqualTo("""
                {"a":{"y":["\\\\"]},"left":"\\"{\\"","b":[{},{"k":2}]}""");
    }

    /** Whatever an object holds: reading without fields is reading and then removing them. */
    @Property(tries = 300)
    void leavingOutIsRemoving(@ForAll("objects") ObjectNode object, @ForAll("paths") List<String> paths) {
        ObjectNode expected = (ObjectNode) JsonMapper.shared().readTree(object.toString());
        paths.forEach(path -> remove(expected, List.of(path.split("\\."))));
        for (String text : List.of(object.toString(), object.toPrettyString())) {
            assertThat(ObjectTree.without(paths).read(text)).isEqualTo(expected);
        }
    }

    private static void remove(JsonNode from, List<String> path) {
        if (from.isArray()) {
            from.forEach(element -> remove(element, path));
        } else if (path.size() > 1) {
            remove(from.path(path.getFirst()), path.subList(1, path.size()));
        } else if (from instanceof ObjectNode object) {
            object.remove(path.getFirst());
        }
    }

    @Provide
    Arbitrary<List<String>> paths() {
        return Arbitraries.strings()
                .withChars("ab")
                .ofLength(1)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(names -> String.join(".", names))
                .list()
                .ofMaxSize(3);
    }

    @Provide
    Arbitrary<ObjectNode> objects() {
        return objects(3);
    }

    private static Arbitrary<ObjectNode> objects(int depth) {
        Arbitrary<JsonNode> values = Arbitraries.oneOf(
                Arbitraries.strings()
                        .withChars("a\\\"{}[],: \u00e9")
                        .ofMaxLength(6)
                        .map(StringNode::valueOf),
                Arbitraries.longs().map(LongNode::valueOf),
                Arbitraries.just(NullNode.getInstance()));
        if (depth > 0) {
            values = Arbitraries.oneOf(
                    values,
                    objects(depth - 1).map(object -> object),
                    objects(depth - 1).list().ofMaxSize(2).map(ObjectTreeTest::array));
        }
        return Arbitraries.maps(Arbitraries.of("a", "b", "ab", "c"), values)
                .ofMaxSize(3)
                .map(fields -> {
                    ObjectNode object = JsonMapper.shared().createObjectNode();
                    object.setAll(fields);
                    return object;
                });
    }

    private static JsonNode array(List<ObjectNode> elements) {
        ArrayNode array = JsonMapper.shared().createArrayNode();
        array.addAll(elements);
        return array;
    }

    @Test
    void equalStringsOfDifferentObjectsAreOne() {
        ObjectTree trees = ObjectTree.without(List.of());
        assertThat(trees.read("{\"a\":\"Ready\"}").get("a"))
                .isSameAs(trees.read("{\"b\":\"Ready\"}").get("b"));
    }

    @Test
    void equalPartsOfDifferentObjectsAreOneWhereSharingIsAskedFor() {
        ObjectTree trees = ObjectTree.whole().sharing();
        ObjectNode one = trees.read("{\"name\":\"a\",\"spec\":{\"x\":[{\"y\":1}],\"z\":{}}}");
        ObjectNode other = trees.read("{\"name\":\"b\",\"spec\":{\"x\":[{\"y\":1}],\"z\":{}}}");
        ObjectNode third = trees.read("{\"name\":\"c\",\"spec\":{\"x\":[{\"y\":1}],\"z\":{\"more\":2}}}");
        assertThat(other.get("spec")).isSameAs(one.get("spec"));
        assertThat(third.get("spec")).isNotSameAs(one.get("spec"));
        assertThat(third.at("/spec/x")).isSameAs(one.at("/spec/x"));
    }

    @Property
    void sharingChangesNothingThatIsRead(@ForAll("objects") ObjectNode object) {
        ObjectTree sharing = ObjectTree.whole().sharing();
        assertThat(sharing.read(object.toString())).isEqualTo(ObjectTree.whole().read(object.toString()));
        assertThat(sharing.read(object.toString())).isEqualTo(ObjectTree.whole().read(object.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "", "{\"a\":", "{\"metadata\":{\"name\":\"p\"", "5"})
    void whatIsNoObjectIsRefused(String text) {
        assertThatThrownBy(() -> ObjectTree.without(List.of("metadata.name")).read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not an object: " + text);
    }
}
