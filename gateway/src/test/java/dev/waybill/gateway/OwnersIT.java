package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Objects that wait for those that they own. */
@Timeout(600)
class OwnersIT {
    private static final String NAMESPACE = "/api/v1/namespaces/lives";
    private static final String MAPS = NAMESPACE + "/configmaps";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @BeforeAll
    static void start() throws Exception {
        gateway.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"lives\"}}");
    }

    @Test
    void whatAnotherOwnerHoldsOutlastsTheOneThatWaitsForIt() throws Exception {
        JsonNode ending = map("owner-ending", "");
        JsonNode staying = map("owner-staying", "");
        map("of-one", owner(ending));
        map("of-both", owner(ending) + "," + owner(staying));
        gateway.expect(202, "DELETE", MAPS + "/owner-ending", "{'propagationPolicy':'Foreground'}");
        Eventually.holds(() -> gateway.get(MAPS + "/owner-ending").path("code").asInt() == 404);
        assertThat(gateway.get(MAPS + "/of-one").path("code").asInt()).isEqualTo(404);
        JsonNode left = gateway.get(MAPS + "/of-both").path("metadata");
        assertThat(left.has("deletionTimestamp")).isFalse();
        assertThat(left.path("ownerReferences")).hasSize(1);
        assertThat(left.at("/ownerReferences/0/name").asString()).isEqualTo("owner-staying");
    }

    @Test
    void childrenOfChildrenAreWaitedForAndACircleEnds() throws Exception {
        JsonNode top = map("top", "");
        JsonNode middle = map("middle", owner(top));
        gateway.expect(
                201,
                "POST",
                MAPS,
                "{'metadata':{'name':'bottom','finalizers':['example.com/x'],'ownerReferences':[" + owner(middle)
                        + "]}}");
        gateway.expect(202, "DELETE", MAPS + "/top", "{'propagationPolicy':'Foreground'}");
        Eventually.holds(() -> gateway.get(MAPS + "/bottom").at("/metadata").has("deletionTimestamp"));
        assertThat(gateway.get(MAPS + "/middle").at("/metadata/finalizers/0").asString())
                .isEqualTo("foregroundDeletion");
        assertThat(gateway.get(MAPS + "/top").at("/metadata/name").asString()).isEqualTo("top");
        gateway.merge(200, MAPS + "/bottom", "{'metadata':{'finalizers':null}}");
        Eventually.holds(() -> gateway.get(MAPS + "/top").path("code").asInt() == 404);

        JsonNode one = map("circle-1", "");
        JsonNode two = map("circle-2", owner(one));
        JsonNode three = map("circle-3", owner(two));
        gateway.merge(200, MAPS + "/circle-1", "{'metadata':{'ownerReferences':[" + owner(three) + "]}}");
        gateway.expect(202, "DELETE", MAPS + "/circle-1", "{'propagationPolicy':'Foreground'}");
        for (String name : List.of("circle-1", "circle-2", "circle-3")) {
            Eventually.holds(() -> gateway.get(MAPS + "/" + name).path("code").asInt() == 404);
        }
    }

    private static JsonNode map(String name, String owners) throws Exception {
        return gateway.expect(
                201, "POST", MAPS, "{'metadata':{'name':'" + name + "','ownerReferences':[" + owners + "]}}");
    }

    private static String owner(JsonNode object) {
        return "{'apiVersion':'v1','kind':'ConfigMap','blockOwnerDeletion':true,'name':'"
                + object.at("/metadata/name").asString() + "','uid':'"
                + object.at("/metadata/uid").asString() + "'}";
    }
}
