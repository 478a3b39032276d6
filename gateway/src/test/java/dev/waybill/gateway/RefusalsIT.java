package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests that cannot be meant: code, reason and message are Kubernetes', and nothing is done. */
@Timeout(600)
class RefusalsIT {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String ONE = MAPS + "/one";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @BeforeAll
    static void start() throws Exception {
        gateway.send("POST", MAPS, "{\"metadata\":{\"name\":\"one\"},\"data\":{\"a\":\"b\"}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "GET|/api/v1/namespaces/default/nothings||404|NotFound|the server could not find the requested resource",
                "GET|/apis/example.com/v1/things||404|NotFound|the server could not find the requested resource",
                "GET|MAPS/none||404|NotFound|configmaps \"none\" not found",
                "POST|MAPS|{'kind':'Pod','apiVersion':'v1'}|400|BadRequest|Pod in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion",
                "POST|MAPS|{'kind':'ConfigMap','apiVersion':'v2'}|400|BadRequest|the API version in the data (v2) does not match the expected API version (v1)",
                "POST|MAPS|{'metadata':{'name':'x','namespace':'other'}}|400|BadRequest|the namespace of the provided object does not match the namespace sent on the request",
                "PUT|ONE|{'metadata':{'name':'two'}}|400|BadRequest|the name of the object (two) does not match the name on the URL (one)",
                "PUT|MAPS/none|{'metadata':{'name':'none'}}|404|NotFound|configmaps \"none\" not found",
                "PUT|ONE|{'metadata':{'name':'one','resourceVersion':'1'}}|409|Conflict|Operation cannot be fulfilled on configmaps \"one\": the object has been modified; please apply your changes to the latest version and try again",
                "POST|MAPS|{'metadata':{'name':'one'}}|409|AlreadyExists|configmaps \"one\" already exists",
                "POST|MAPS|{'metadata':{'name':'x','resourceVersion':'7'}}|400|BadRequest|resourceVersion should not be set on objects to be created",
                "POST|/api/v1/namespaces/none/configmaps|{'metadata':{'name':'x'}}|404|NotFound|namespaces \"none\" not found",
                "POST|MAPS?dryRun=Some|{'metadata':{'name':'x'}}|422|Invalid|CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"Some\": supported values: \"All\"",
                "POST|MAPS?fieldValidation=Odd|{'metadata':{'name':'x'}}|422|Invalid|CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Odd\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                "PUT|ONE?fieldManager=a%01b|{'metadata':{'name':'one'}}|422|Invalid|UpdateOptions.meta.k8s.io \"\" is invalid: fieldManager: Invalid value: \"a\u0001b\": should only contain printable characters",
                "POST|MAPS?fieldValidation=Strict|{'metadata':{'name':'x'},'odd':1}|400|BadRequest|ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"odd\"",
                "DELETE|ONE?propagationPolicy=Odd||422|Invalid|DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Odd\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
                "DELETE|ONE|{'propagationPolicy':'Orphan','orphanDependents':true}|422|Invalid|DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set",
                "DELETE|ONE|{'dryRun':['Some']}|422|Invalid|DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"Some\": supported values: \"All\"",
                "GET|MAPS?resourceVersionMatch=Exact||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                "GET|MAPS?resourceVersionMatch=Exact&resourceVersion=0||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
                "GET|MAPS?resourceVersionMatch=Odd&resourceVersion=1||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Odd\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
                "GET|MAPS?sendInitialEvents=true||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
                "GET|MAPS?watch=true&sendInitialEvents=true||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                "GET|MAPS?watch=true&resourceVersionMatch=NotOlderThan||422|Invalid|ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                "GET|MAPS?resourceVersion=1&resourceVersionMatch=Exact||410|Expired|The resourceVersion for the provided list is too old.",
                "GET|MAPS?fieldSelector=spec.x%3D1||400|BadRequest|\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                "POST|ONE|{}|405|MethodNotAllowed|the server does not allow this method on the requested resource",
                "PUT|MAPS|{}|405|MethodNotAllowed|the server does not allow this method on the requested resource"
            })
    void refused(String method, String path, String body, int code, String reason, String message) throws Exception {
        HttpResponse<String> answer = gateway.send(
                method, path.replace("MAPS", MAPS).replace("ONE", ONE), body == null ? "" : body.replace('\'', '"'));
        JsonNode status = JsonMapper.shared().readTree(answer.body());
        assertThat(status.path("message").asString()).isEqualTo(message);
        assertThat(status.path("reason").asString()).isEqualTo(reason);
        assertThat(answer.statusCode()).isEqualTo(code);
        assertThat(status.path("code").asInt()).isEqualTo(code);
        assertThat(gateway.get(ONE).path("data").toString())
                .as("nothing was done")
                .isEqualTo("{\"a\":\"b\"}");
        assertThat(gateway.get(MAPS + "/x").path("code").asInt()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "application/json-patch+json|[{'op':'remove','path':'/data/none'}]|422|the server rejected our request due to an error in our request: error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value",
                "application/json-patch+json|[{'op':'test','path':'/data/a','value':'c'}]|422|the server rejected our request due to an error in our request: testing value /data/a failed: test failed",
                "application/merge-patch+json|{'metadata':{'resourceVersion':'1'}}|409|Operation cannot be fulfilled on configmaps \"one\": the object has been modified; please apply your changes to the latest version and try again",
                "application/merge-patch+json|{'metadata':{'name':'two'}}|422|ConfigMap \"one\" is invalid: metadata.name: Invalid value: \"two\": field is immutable",
                "application/apply-patch+yaml|{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'one'}}|422|PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
                "text/plain|x|415|the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml"
            })
    void patchesThatAreNone(String type, String body, int code, String message) throws Exception {
        HttpResponse<String> answer = gateway.send(gateway.request(ONE)
                .header("Content-Type", type)
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build());
        assertThat(JsonMapper.shared().readTree(answer.body()).path("message").asString())
                .isEqualTo(message);
        assertThat(answer.statusCode()).isEqualTo(code);
    }

    /** As {@code kubectl delete --dry-run=server} asks: in the body. */
    @Test
    void aDeletionThatIsOnlyTriedDeletesNothing() throws Exception {
        assertThat(gateway.send("DELETE", ONE, "{\"dryRun\":[\"All\"]}").statusCode())
                .isEqualTo(200);
        assertThat(gateway.send("DELETE", ONE + "?dryRun=All", "").statusCode()).isEqualTo(200);
        assertThat(gateway.send("DELETE", MAPS, "{\"dryRun\":[\"All\"]}").statusCode())
                .isEqualTo(200);
        assertThat(gateway.get(ONE).path("data").toString()).isEqualTo("{\"a\":\"b\"}");
    }

    @Test
    void preconditionsOfADeletionHold() throws Exception {
        HttpResponse<String> answer = gateway.send("DELETE", ONE, "{\"preconditions\":{\"resourceVersion\":\"1\"}}");
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body())
                .contains("Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: ");
        assertThat(gateway.send("DELETE", ONE, "{\"preconditions\":{\"uid\":\"other\"}}")
                        .body())
                .contains("Precondition failed: UID in precondition: other, UID in object meta: ");
    }
}
