package dev.waybill.gateway.state.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.StandardShape;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Ownership of fields, one object at a time. */
class FieldOwnershipTest {
    private static final String CONFLICT_FREE = "{\"metadata\":{\"name\":\"m\"}}";

    @Test
    void whatAnApplierGivesUpGoesUnlessSomebodyElseOwnsIt() throws Exception {
        ObjectNode object = apply(Json.object(), "a", "{'data':{'x':'1','y':'2','z':'3'}}", false);
        object = apply(object, "b", "{'data':{'y':'2'}}", false);
        object = apply(object, "a", "{'data':{'z':'3'}}", false);
        assertThat(object.path("data")).isEqualTo(json("{'y':'2','z':'3'}"));
        assertThat(fields(object, "a")).isEqualTo("{\"f:data\":{\"f:z\":{}}}");
        assertThat(fields(object, "b")).isEqualTo("{\"f:data\":{\"f:y\":{}}}");
    }

    @Test
    void aConflictNamesTheFieldAndItsOwnerAndForceTakesItOver() throws Exception {
        ObjectNode first = apply(Json.object(), "a", "{'spec':{'replicas':1,'paused':true}}", false);
        assertThatThrownBy(() -> apply(first, "b", "{'spec':{'replicas':2}}", false))
                .hasMessage("Apply failed with 1 conflict: conflict with \"a\": .spec.replicas");
        assertThatThrownBy(() -> apply(first, "b", "{'spec':{'replicas':2,'paused':false}}", false))
                .hasMessage("Apply failed with 2 conflicts: conflicts with \"a\":\n- .spec.paused\n- .spec.replicas");
        ObjectNode forced = apply(first, "b", "{'spec':{'replicas':2}}", true);
        assertThat(forced.at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(fields(forced, "a")).isEqualTo("{\"f:spec\":{\"f:paused\":{}}}");
        assertThat(fields(forced, "b")).isEqualTo("{\"f:spec\":{\"f:replicas\":{}}}");
    }

    @Test
    void listElementsBelongToThoseWhoApplyThemAndKeepTheirOrder() throws Exception {
        ObjectNode object = apply(
                Json.object(),
                "a",
                "{'spec':{'containers':[{'name':'web','image':'w','ports':[{'containerPort':80}]},"
                        + "{'name':'log','image':'l'}]}}",
                false);
        assertThat(fields(object, "a")).contains("k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}");
        object = apply(object, "b", "{'spec':{'containers':[{'name':'side','image':'s'}]}}", false);
        assertThat(object.at("/spec/containers")
                        .valueStream()
                        .map(c -> c.path("name").asString()))
                .containsExactly("web", "log", "side");
        object = apply(object, "a", "{'spec':{'containers':[{'name':'log','image':'l'}]}}", false);
        assertThat(object.at("/spec/containers")
                        .valueStream()
                        .map(c -> c.path("name").asString()))
                .containsExactly("log", "side");
    }

    @Test
    void aPartGoesWithTheDefaultsInItWhenNothingOfItIsOwned() throws Exception {
        ObjectNode object = apply(Json.object(), "a", "{'spec':{'probe':{'port':1},'replicas':1}}", false);
        ((ObjectNode) object.at("/spec/probe")).put("periodSeconds", 10);
        object = apply(object, "a", "{'spec':{'replicas':1}}", false);
        assertThat(object.path("spec")).isEqualTo(json("{'replicas':1}"));
    }

    @Test
    void selectorsAreOneValue() throws Exception {
        ObjectNode object = apply(Json.object(), "a", "{'spec':{'selector':{'app':'x'}}}", false);
        assertThat(fields(object, "a")).isEqualTo("{\"f:spec\":{\"f:selector\":{}}}");
        object = apply(object, "a", "{'spec':{'selector':{'tier':'y'}}}", false);
        assertThat(object.at("/spec/selector")).isEqualTo(json("{'tier':'y'}"));
    }

    @Test
    void anUpdateTakesOverWhatItChangesAndOwnsNothingElse() throws Exception {
        ObjectNode object = apply(Json.object(), "a", "{'data':{'x':'1','y':'2'}}", false);
        ObjectNode changed = object.deepCopy();
        ((ObjectNode) changed.path("data")).put("x", "9");
        update(object, changed, "u", "2026-01-01T00:00:00Z");
        assertThat(fields(changed, "a")).isEqualTo("{\"f:data\":{\"f:y\":{}}}");
        assertThat(fields(changed, "u")).isEqualTo("{\"f:data\":{\"f:x\":{}}}");
        assertThatThrownBy(() -> apply(changed, "a", "{'data':{'x':'1','y':'2'}}", false))
                .hasMessage("Apply failed with 1 conflict: conflict with \"u\" using v1: .data.x");
    }

    @Test
    void anObjectThatNobodyOwnedBelongsToThoseBeforeTheFirstApply() {
        ObjectNode object = json("{'metadata':{'name':'m'},'data':{'x':'1'}}");
        assertThatThrownBy(() -> apply(object, "a", "{'data':{'x':'2'}}", false))
                .hasMessageContaining("conflict with \"before-first-apply\" using v1: .data.x");
    }

    @Test
    void updatersBeyondTheTenthBecomeOne() {
        ObjectNode object = json("{'metadata':{'name':'m'},'data':{'x':'1'}}");
        for (int i = 0; i < 15; i++) {
            ObjectNode next = object.deepCopy();
            ((ObjectNode) next.path("data")).put("k" + i, "v");
            update(object, next, "u" + i, "2026-01-01T00:00:%02dZ".formatted(i));
            object = next;
        }
        assertThat(object.at("/metadata/managedFields")).hasSize(10);
        assertThat(fields(object, "ancient-changes")).contains("f:k0").contains("f:k5");
    }

    private static ObjectNode apply(ObjectNode present, String manager, String config, boolean force)
            throws ApplyConflictException {
        ObjectNode applied = json(config);
        applied.set("metadata", Json.parse(CONFLICT_FREE).path("metadata"));
        FieldOwnership.Applied after = FieldOwnership.apply(
                present,
                applied,
                StandardShape.ROOT,
                new FieldOwner(manager, true, "v1", ""),
                force,
                "2026-01-01T00:00:00Z");
        ((ObjectNode) after.object().path("metadata")).set("managedFields", after.managedFields());
        return after.object();
    }

    private static void update(ObjectNode before, ObjectNode after, String manager, String now) {
        ((ObjectNode) after.path("metadata"))
                .set(
                        "managedFields",
                        FieldOwnership.updated(
                                before, after, StandardShape.ROOT, new FieldOwner(manager, false, "v1", ""), now));
    }

    private static String fields(ObjectNode object, String manager) {
        return object.at("/metadata/managedFields")
                .valueStream()
                .filter(entry -> Json.text(entry, "manager").equals(manager))
                .map(entry -> entry.path("fieldsV1").toString())
                .findFirst()
                .orElse("");
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) Json.parse(text.replace('\'', '"'));
    }
}
