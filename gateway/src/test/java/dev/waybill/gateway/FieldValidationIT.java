package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bodies with fields that are unknown or there twice, and answers in the forms that clients ask for. */
@Timeout(600)
class FieldValidationIT {
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String ODD = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: NAME, unknownMeta: x}
            spec:
              unknownField: foo
              replicas: 2
              replicas: 3
              selector: {matchLabels: {app: x}}
              template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}
            """;
    private static final String ODD_JSON = "{'metadata':{'name':'NAME'},'spec':{'unknownField':'foo','replicas':2,"
            + "'replicas':3,'selector':{'matchLabels':{'app':'x'}},'template':{'metadata':{'labels':{'app':'x'}},"
            + "'spec':{'containers':[{'name':'c','image':'i','image':'j'}]}}}}";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void strictlyUnknownAndDuplicateFieldsAreRefusedTogether() throws Exception {
        String head = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: ";
        assertThat(message(400, "POST", DEPLOYMENTS + "?fieldValidation=Strict", "application/json", ODD_JSON))
                .isEqualTo(head + "unknown field \"spec.unknownField\", duplicate field \"spec.replicas\", "
                        + "duplicate field \"spec.template.spec.containers[0].image\"");
        assertThat(message(400, "POST", DEPLOYMENTS + "?fieldValidation=Strict", "application/yaml", ODD))
                .startsWith(head + "unknown field \"metadata.unknownMeta\", unknown field \"spec.unknownField\", ")
                .endsWith("yaml: unmarshal errors:\n  line 7: key \"replicas\" already set in map");
    }

    @Test
    void otherwiseTheyAreTakenOutWithAWarning() throws Exception {
        HttpResponse<String> warned = send("POST", DEPLOYMENTS, "application/json", ODD_JSON.replace("NAME", "warned"));
        assertThat(warned.statusCode()).as(warned.body()).isEqualTo(201);
        assertThat(warned.headers().allValues("Warning"))
                .contains(
                        "299 - \"unknown field \\\"spec.unknownField\\\"\"",
                        "299 - \"duplicate field \\\"spec.replicas\\\"\"");
        JsonNode stored = gateway.get(DEPLOYMENTS + "/warned");
        assertThat(stored.path("spec").has("unknownField")).isFalse();
        assertThat(stored.at("/spec/replicas").asInt()).isEqualTo(3);
        HttpResponse<String> ignored = send(
                "PATCH",
                DEPLOYMENTS + "/warned?fieldValidation=Ignore",
                "application/merge-patch+json",
                "{'spec':{'other':1,'replicas':1,'replicas':4}}");
        assertThat(ignored.statusCode()).as(ignored.body()).isEqualTo(200);
        assertThat(ignored.headers().allValues("Warning")).isEmpty();
        assertThat(gateway.get(DEPLOYMENTS + "/warned").path("spec").has("other"))
                .isFalse();
        assertThat(gateway.get(DEPLOYMENTS + "/warned").at("/spec/replicas").asInt())
                .isEqualTo(4);
    }

    @Test
    void whatAJsonPatchMakesOfAnObjectIsReadAsItsAuthorAsks() throws Exception {
        send("POST", DEPLOYMENTS, "application/json", ODD_JSON.replace("NAME", "patched"));
        String one = DEPLOYMENTS + "/patched";
        String patch = "[{'op':'add','path':'/spec/odd','value':1},{'op':'replace','path':'/spec/replicas','value':5}]";
        assertThat(message(422, "PATCH", one + "?fieldValidation=Strict", "application/json-patch+json", patch))
                .startsWith(" \"\" is invalid: patch: Invalid value: \"{")
                .endsWith("}\": strict decoding error: unknown field \"spec.odd\"");
        assertThat(gateway.get(one).at("/spec/replicas").asInt()).isEqualTo(3);
        HttpResponse<String> warned = send("PATCH", one, "application/json-patch+json", patch);
        assertThat(warned.statusCode()).as(warned.body()).isEqualTo(200);
        assertThat(warned.headers().allValues("Warning")).containsExactly("299 - \"unknown field \\\"spec.odd\\\"\"");
        assertThat(gateway.get(one).at("/spec/replicas").asInt()).isEqualTo(5);
        assertThat(gateway.get(one).path("spec").has("odd")).isFalse();
        HttpResponse<String> ignored =
                send("PATCH", one + "?fieldValidation=Ignore", "application/json-patch+json", patch.replace("5", "6"));
        assertThat(ignored.statusCode()).as(ignored.body()).isEqualTo(200);
        assertThat(ignored.headers().allValues("Warning")).isEmpty();
        assertThat(gateway.get(one).at("/spec/replicas").asInt()).isEqualTo(6);
        assertThat(message(
                        422,
                        "PATCH",
                        one + "?fieldValidation=Strict",
                        "application/json-patch+json",
                        "[{'op':'add','op':'add','path':'/spec/replicas','value':7,'odd':1}]"))
                .endsWith("strict decoding error: json patch unknown field \"[0].odd\", json patch duplicate field"
                        + " \"[0].op\"");
        assertThat(message(
                        422,
                        "PATCH",
                        one + "?fieldValidation=Strict",
                        "application/merge-patch+json",
                        "{'spec':{'odd':1}}"))
                .isEqualTo(" \"\" is invalid: patch: Invalid value: \"{\\\"spec\\\":{\\\"odd\\\":1}}\": strict decoding"
                        + " error: unknown field \"spec.odd\"");
    }

    @Test
    void aJsonPatchOfADefinedKindIsHeldToItsSchema() throws Exception {
        define("json.example.com", "'properties':{'spec':{'type':'object','properties':{'foo':{'type':'string'}}}}");
        String all = "/apis/json.example.com/v1/things";
        send("POST", all, "application/json", "{'metadata':{'name':'a'},'spec':{'foo':'x'}}");
        String patch = "[{'op':'add','path':'/spec/odd','value':1},{'op':'replace','path':'/spec/foo','value':'y'}]";
        assertThat(message(422, "PATCH", all + "/a?fieldValidation=Strict", "application/json-patch+json", patch))
                .endsWith("strict decoding error: unknown field \"spec.odd\"");
        HttpResponse<String> warned = send("PATCH", all + "/a", "application/json-patch+json", patch);
        assertThat(warned.statusCode()).as(warned.body()).isEqualTo(200);
        assertThat(warned.headers().allValues("Warning")).containsExactly("299 - \"unknown field \\\"spec.odd\\\"\"");
        assertThat(gateway.get(all + "/a").path("spec").toString()).isEqualTo("{\"foo\":\"y\"}");
    }

    @Test
    void moreWarningsThanAnAnswerHasRoomForAreCut() throws Exception {
        String many = IntStream.range(0, 20_000)
                .mapToObj(i -> "'field" + i + "':1")
                .collect(Collectors.joining(",", "{'metadata':{'name':'many'},", "}"));
        HttpResponse<String> warned = send("POST", MAPS, "application/json", many);
        assertThat(warned.statusCode()).as(warned.body()).isEqualTo(201);
        assertThat(warned.headers().allValues("Warning"))
                .hasSizeBetween(50, 200)
                .contains("299 - \"unknown field \\\"field0\\\"\"");
    }

    @Test
    void whatIsAppliedHasNoFieldThatTheKindHasNot() throws Exception {
        String strict = DEPLOYMENTS + "/applied?fieldManager=m&fieldValidation=Strict";
        assertThat(message(400, "PATCH", strict, "application/apply-patch+yaml", ODD.replace("NAME", "applied")))
                .startsWith("error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:")
                .endsWith("  line 7: key \"replicas\" already set in map");
        String once = ODD.replace("NAME", "applied").replace("  replicas: 2\n", "");
        assertThat(message(500, "PATCH", strict, "application/apply-patch+yaml", once))
                .startsWith("failed to create typed patch object (default/applied; apps/v1, Kind=Deployment): errors:")
                .contains(
                        "  .metadata.unknownMeta: field not declared in schema",
                        "  .spec.unknownField: field not declared in schema");
        assertThat(gateway.get(DEPLOYMENTS + "/applied").path("code").asInt()).isEqualTo(404);
    }

    @Test
    void definedKindsAreHeldToTheSame() throws Exception {
        define("held.example.com", "'properties':{'spec':{'type':'object','properties':{'foo':{'type':'string'}}}}");
        String all = "/apis/held.example.com/v1/things";
        String thing = "{'apiVersion':'held.example.com/v1','kind':'Thing','metadata':{'name':'a','odd':1},'odd':1,"
                + "'spec':{'foo':'x','foo':'y'}}";
        assertThat(message(400, "POST", all + "?fieldValidation=Strict", "application/json", thing))
                .endsWith("strict decoding error: unknown field \"metadata.odd\", unknown field \"odd\", "
                        + "duplicate field \"spec.foo\"");
        HttpResponse<String> created = send("POST", all, "application/json", thing);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.body()).doesNotContain("\"odd\"");
        assertThat(message(
                        500,
                        "PATCH",
                        all + "/b?fieldManager=m",
                        "application/apply-patch+yaml",
                        "apiVersion: held.example.com/v1\nkind: Thing\nmetadata: {name: b}\nodd: 1\n"))
                .isEqualTo("failed to create typed patch object (/b; held.example.com/v1, Kind=Thing): "
                        + ".odd: field not declared in schema");
    }

    @Test
    void objectsThatWereStoredBeforeADefaultAreReadWithIt() throws Exception {
        define("late.example.com", "'properties':{'a':{'type':'string'},'b':{'type':'string'}}");
        String all = "/apis/late.example.com/v1/things";
        String thing = "{'apiVersion':'late.example.com/v1','kind':'Thing','metadata':{'name':'NAME'}}";
        send("POST", all, "application/json", thing.replace("NAME", "before"));
        String property = "/spec/versions/0/schema/openAPIV3Schema/properties/";
        String one = DEFINITIONS + "/things.late.example.com";
        json(one, "[{'op':'add','path':'" + property + "a/default','value':'A'}]");
        assertThat(gateway.get(all + "/before").path("a").asString("")).isEqualTo("A");
        assertThat(gateway.get(all).at("/items/0/a").asString("")).isEqualTo("A");
        send("POST", all, "application/json", thing.replace("NAME", "between"));
        json(
                one,
                "[{'op':'remove','path':'" + property + "a/default'},{'op':'add','path':'" + property
                        + "b/default','value':'B'}]");
        JsonNode between = gateway.get(all + "/between");
        assertThat(between.path("a").asString("")).isEqualTo("A");
        assertThat(between.path("b").asString("")).isEqualTo("B");
        assertThat(gateway.send("GET", all + "?watch=true&timeoutSeconds=1", "").body())
                .contains("\"b\":\"B\"");
    }

    @Test
    void aDefinitionStaysEstablishedWhateverItsStatusIsSetTo() throws Exception {
        define("status.example.com", "'x-kubernetes-preserve-unknown-fields':true");
        String one = DEFINITIONS + "/things.status.example.com";
        HttpResponse<String> patched = send(
                "PATCH",
                one + "/status",
                "application/json-patch+json",
                "[{'op':'add','path':'/status/conditions','value':[{'message':'patched'}]}]");
        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
        assertThat(patched.body()).contains("\"message\":\"patched\"");
        assertThat(gateway.get("/apis/status.example.com/v1/things")
                        .path("kind")
                        .asString())
                .isEqualTo("ThingList");
    }

    @Test
    void aListGoesOnWhenItsRevisionIsForgotten() throws Exception {
        for (String name : new String[] {"page-1", "page-2", "page-3"}) {
            send("POST", MAPS, "application/json", "{'metadata':{'name':'" + name + "','labels':{'paged':'yes'}}}");
        }
        JsonNode first = gateway.get(MAPS + "?limit=1&labelSelector=paged%3Dyes");
        assertThat(first.at("/metadata/remainingItemCount").asInt()).isEqualTo(2);
        String token = first.at("/metadata/continue").asString();
        String forgotten = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8)
                .replace(first.at("/metadata/resourceVersion").asString(), "1");
        JsonNode expired = gateway.get(MAPS + "?limit=1&labelSelector=paged%3Dyes&continue="
                + Base64.getUrlEncoder().withoutPadding().encodeToString(forgotten.getBytes(StandardCharsets.UTF_8)));
        assertThat(expired.path("code").asInt()).isEqualTo(410);
        assertThat(expired.path("reason").asString()).isEqualTo("Expired");
        JsonNode second = gateway.get(MAPS + "?limit=1&labelSelector=paged%3Dyes&continue="
                + expired.at("/metadata/continue").asString());
        assertThat(second.at("/items/0/metadata/name").asString()).isEqualTo("page-2");
        assertThat(second.at("/metadata/remainingItemCount").asInt()).isEqualTo(1);
        assertThat(gateway.get(MAPS + "?resourceVersion=5&continue=" + token)
                        .path("message")
                        .asString())
                .isEqualTo("specifying resource version is not allowed when using continue");
    }

    @Test
    void tablesComeInTheVersionThatIsAskedForAndReviewsInNone() throws Exception {
        HttpResponse<String> table = gateway.send(gateway.request(MAPS)
                .header("Accept", "application/json;as=Table;v=v1beta1;g=meta.k8s.io")
                .build());
        JsonNode body = JsonMapper.shared().readTree(table.body());
        assertThat(body.path("apiVersion").asString()).isEqualTo("meta.k8s.io/v1beta1");
        assertThat(body.at("/rows/0/object/apiVersion").asString()).isEqualTo("meta.k8s.io/v1beta1");
        HttpResponse<String> review =
                gateway.send(gateway.request("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
                        .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"spec\":{\"nonResourceAttributes\":{\"path\":\"/\",\"verb\":\"get\"}}}"))
                        .build());
        assertThat(review.statusCode()).isEqualTo(406);
    }

    @Test
    void eventsOfTheNewGroupSayAllOfIt() throws Exception {
        String all = "/apis/events.k8s.io/v1/namespaces/default/events";
        assertThat(message(422, "POST", all, "application/json", "{'metadata':{'name':'e'}}"))
                .startsWith("Event.events.k8s.io \"e\" is invalid: [eventTime: Required value,")
                .contains("action: Required value");
        String event = "{'metadata':{'name':'e'},'regarding':{'namespace':'PLACE','name':'n','kind':'Pod'},"
                + "'eventTime':'2026-01-01T00:00:00.000000Z','reportingController':'mine','reportingInstance':'i',"
                + "'action':'A','reason':'R','type':'Normal'}";
        assertThat(message(422, "POST", all, "application/json", event.replace("PLACE", "elsewhere")))
                .contains("involvedObject.namespace: Invalid value: \"elsewhere\": does not match event.namespace");
        send("POST", all, "application/json", event.replace("PLACE", "default"));
        assertThat(gateway.get(all + "?fieldSelector=reportingController%3Dmine,regarding.name%3Dn")
                        .path("items"))
                .hasSize(1);
    }

    private static void define(String group, String schema) throws Exception {
        HttpResponse<String> defined = send(
                "POST",
                DEFINITIONS,
                "application/json",
                "{'metadata':{'name':'things." + group + "'},'spec':{'group':'" + group
                        + "','scope':'Cluster','names':{'plural':'things','kind':'Thing'},'versions':[{'name':'v1',"
                        + "'served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object'," + schema
                        + "}}}]}}");
        assertThat(defined.statusCode()).as(defined.body()).isEqualTo(201);
    }

    private static void json(String path, String patch) throws Exception {
        HttpResponse<String> patched = send("PATCH", path, "application/json-patch+json", patch);
        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    }

    private static String message(int code, String method, String path, String type, String body) throws Exception {
        HttpResponse<String> response = send(method, path, type, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body()).path("message").asString();
    }

    private static HttpResponse<String> send(String method, String path, String type, String body) throws Exception {
        return gateway.send(gateway.request(path)
                .header("Content-Type", type)
                .method(method, HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build());
    }
}
