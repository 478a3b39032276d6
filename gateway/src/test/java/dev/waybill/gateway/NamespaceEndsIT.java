package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is in a namespace until its end, and what holds that up. */
@Timeout(600)
class NamespaceEndsIT {
    private static final String NAMESPACE = "/api/v1/namespaces/lives";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @BeforeAll
    static void start() throws Exception {
        gateway.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"lives\"}}");
    }

    @Test
    void theFinalizersOfANamespaceAreSetAndHoldIt() throws Exception {
        gateway.expect(201, "POST", "/api/v1/namespaces", "{'metadata':{'name':'finalized'}}");
        String one = "/api/v1/namespaces/finalized";
        JsonNode set = gateway.expect(
                200,
                "PUT",
                one + "/finalize",
                "{'metadata':{'name':'finalized'},'spec':{'finalizers':['example.com/mine','kubernetes']}}");
        assertThat(set.at("/spec/finalizers")).hasSize(2);
        gateway.expect(200, "DELETE", one, "");
        Eventually.holds(() -> gateway.get(one).at("/spec/finalizers").size() == 1);
        JsonNode held = gateway.get(one);
        assertThat(held.at("/spec/finalizers/0").asString()).isEqualTo("example.com/mine");
        assertThat(condition(held, "NamespaceContentRemaining").path("status").asString())
                .isEqualTo("False");
        gateway.expect(200, "PUT", one + "/finalize", "{'metadata':{'name':'finalized'},'spec':{}}");
        assertThat(gateway.get(one).path("code").asInt()).isEqualTo(404);
    }

    @Test
    void theEndOfANamespaceBeginsWithItsPodsAndSaysWhatHoldsIt() throws Exception {
        gateway.expect(201, "POST", "/api/v1/namespaces", "{'metadata':{'name':'ending'}}");
        String one = "/api/v1/namespaces/ending";
        gateway.expect(201, "POST", one + "/configmaps", "{'metadata':{'name':'last'}}");
        gateway.expect(
                201,
                "POST",
                one + "/pods",
                "{'metadata':{'name':'first','finalizers':['example.com/x']},"
                        + "'spec':{'containers':[{'name':'c','image':'i'}]}}");
        gateway.expect(200, "DELETE", one, "");
        Eventually.holds(() ->
                !condition(gateway.get(one), "NamespaceDeletionContentFailure").isEmpty());
        JsonNode ending = gateway.get(one);
        assertThat(condition(ending, "NamespaceDeletionContentFailure")
                        .path("message")
                        .asString())
                .contains("Resource=pods");
        assertThat(condition(ending, "NamespaceFinalizersRemaining")
                        .path("message")
                        .asString())
                .isEqualTo("Some content in the namespace has finalizers remaining: example.com/x in 1 resource"
                        + " instances");
        assertThat(gateway.get(one + "/pods/first").at("/metadata").has("deletionTimestamp"))
                .isTrue();
        JsonNode map = gateway.get(one + "/configmaps/last");
        assertThat(map.at("/metadata/name").asString()).isEqualTo("last");
        assertThat(map.at("/metadata").has("deletionTimestamp")).isFalse();
        gateway.merge(200, one + "/pods/first", "{'metadata':{'finalizers':null}}");
        Eventually.holds(() -> gateway.get(one).path("code").asInt() == 404);
    }

    @Test
    void theAccountOfPodsComesBack() throws Exception {
        JsonNode before = gateway.get(NAMESPACE + "/serviceaccounts/default");
        gateway.expect(200, "DELETE", NAMESPACE + "/serviceaccounts/default", "");
        JsonNode after = gateway.get(NAMESPACE + "/serviceaccounts/default");
        assertThat(after.at("/metadata/name").asString()).isEqualTo("default");
        assertThat(after.at("/metadata/uid")).isNotEqualTo(before.at("/metadata/uid"));
    }

    private static JsonNode condition(JsonNode object, String type) {
        for (JsonNode condition : object.at("/status/conditions")) {
            if (condition.path("type").asString().equals(type)) {
                return condition;
            }
        }
        return JsonMapper.shared().createObjectNode();
    }
}
