package dev.waybill.gateway.state.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.StandardShape;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import tools.jackson.databind.node.ObjectNode;

/** What holds for any objects that are applied. */
class FieldOwnershipPropertyTest {
    private static final String NOW = "2026-01-01T00:00:00Z";

    @Property
    void applyingTwiceIsApplyingOnce(
            @ForAll @Size(max = 6) Map<@IntRange(max = 5) Integer, @IntRange(max = 3) Integer> present,
            @ForAll @Size(max = 6) Map<@IntRange(max = 5) Integer, @IntRange(max = 3) Integer> config)
            throws Exception {
        ObjectNode first = apply(apply(Json.object(), "a", object(present), true), "b", object(config), true);
        assertThat(apply(first, "b", object(config), false)).isEqualTo(first);
    }

    @Property
    void whatTwoApplyAlikeBothOwn(
            @ForAll @Size(min = 1, max = 6) Map<@IntRange(max = 5) Integer, @IntRange(max = 3) Integer> config)
            throws Exception {
        ObjectNode both = apply(apply(Json.object(), "a", object(config), false), "b", object(config), false);
        ManagedFields managed = ManagedFields.parse(both.at("/metadata/managedFields"));
        assertThat(managed.of(manager("a"))).isEqualTo(managed.of(manager("b")));
        assertThat(content(apply(both, "a", object(Map.of()), false))).isEqualTo(content(object(config)));
    }

    @Property
    void disjointAppliersNeverConflictAndLeaveNothingBehind(
            @ForAll @Size(max = 6) Map<@IntRange(max = 5) Integer, @IntRange(max = 3) Integer> one,
            @ForAll @Size(max = 6) Map<@IntRange(min = 6, max = 9) Integer, @IntRange(max = 3) Integer> other)
            throws Exception {
        ObjectNode both = apply(apply(Json.object(), "a", object(one), false), "b", object(other), false);
        Map<Integer, Integer> all = new HashMap<>(one);
        all.putAll(other);
        assertThat(both.path("data")).hasSameSizeAs(all.keySet());
        assertThat(content(apply(both, "b", object(Map.of()), false))).isEqualTo(content(object(one)));
    }

    @Property
    void fieldsSurviveTheirNotation(
            @ForAll @Size(max = 6) Map<@IntRange(max = 5) Integer, @IntRange(max = 3) Integer> config) {
        FieldSet fields = Fields.of(object(config), StandardShape.ROOT);
        assertThat(FieldSet.parse(fields.toJson())).isEqualTo(fields);
        assertThat(fields.minus(fields)).isEqualTo(FieldSet.NONE);
        assertThat(fields.and(fields)).isEqualTo(fields);
        assertThat(fields.union(fields)).isEqualTo(fields);
    }

    /** Each number is a field of a map, an element of a list of objects and one of a set. */
    private static ObjectNode object(Map<Integer, Integer> content) {
        ObjectNode object = Json.object();
        object.putObject("metadata").put("name", "m");
        content.forEach((key, value) -> {
            Json.child(object, "data").put("k" + key, "v" + value);
            Json.childArray(Json.child(object, "spec"), "containers")
                    .addObject()
                    .put("name", "c" + key)
                    .put("image", "i" + value);
            Json.childArray(Json.child(object, "metadata"), "finalizers").add("f" + key);
        });
        return object;
    }

    /** The object as sets: what is left of a list keeps its order, which maps have not. */
    private static FieldSet content(ObjectNode object) {
        return Fields.of(object, StandardShape.ROOT).without(java.util.List.of("f:metadata", "f:managedFields"));
    }

    private static ObjectNode apply(ObjectNode present, String manager, ObjectNode config, boolean force)
            throws ApplyConflictException {
        FieldOwnership.Applied after =
                FieldOwnership.apply(present, config, StandardShape.ROOT, manager(manager), force, NOW);
        ObjectNode object = after.object();
        if (!after.managedFields().isEmpty()) {
            Json.child(object, "metadata").set("managedFields", after.managedFields());
        }
        return object;
    }

    private static FieldOwner manager(String name) {
        return new FieldOwner(name, true, "v1", "");
    }
}
