package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Callers that are broken or hostile: each gets a clear Status, and nobody else notices. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HardeningIT {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    /** Whatever happened, the next caller is served at once. */
    @AfterEach
    void othersAreServed() throws Exception {
        long begin = System.nanoTime();
        assertThat(gateway.send("POST", MAPS, map("other-" + begin)).statusCode())
                .isEqualTo(201);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void mutatedBodiesAreNeverAnInternalError() throws Exception {
        Random random = new Random(20_260_301);
        Map<String, byte[]> bodies = Map.of(
                "application/json",
                deployment().getBytes(StandardCharsets.UTF_8),
                "application/yaml",
                yaml().getBytes(StandardCharsets.UTF_8),
                PROTOBUF,
                protobuf(),
                "application/apply-patch+yaml",
                yaml().getBytes(StandardCharsets.UTF_8),
                "application/json-patch+json",
                "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":3},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]"
                        .getBytes(StandardCharsets.UTF_8),
                "application/merge-patch+json",
                deployment().getBytes(StandardCharsets.UTF_8),
                "application/strategic-merge-patch+json",
                deployment().getBytes(StandardCharsets.UTF_8));
        gateway.send("POST", DEPLOYMENTS, deployment());
        for (Map.Entry<String, byte[]> body : bodies.entrySet()) {
            boolean patch = body.getKey().contains("patch");
            for (int i = 0; i < 150; i++) {
                byte[] mutated = mutated(body.getValue(), random);
                HttpResponse<String> response = send(
                        patch ? "PATCH" : i % 2 == 0 ? "POST" : "PUT",
                        (patch || i % 2 == 1 ? DEPLOYMENTS + "/fuzz" : DEPLOYMENTS) + "?dryRun=All&fieldManager=f",
                        body.getKey(),
                        mutated);
                // Kubernetes, too, has this status for a field that it cannot apply.
                boolean unknownField =
                        json(response).path("message").asString("").startsWith("failed to create typed patch object");
                assertThat(unknownField ? 0 : response.statusCode())
                        .as("%s %d: %s", body.getKey(), i, response.body())
                        .isLessThan(500);
                assertThat(json(response).has("kind")).isTrue();
            }
        }
    }

    @Test
    void mutatedQuestionsAreNeverAnInternalError() throws Exception {
        Random random = new Random(7);
        Map<String, String> questions = Map.of(
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                        "{\"spec\":{\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\",\"namespace\":\"a\"}}}",
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                        "{\"spec\":{\"user\":\"u\",\"groups\":[\"g\"],\"nonResourceAttributes\":{\"path\":\"/x\",\"verb\":\"get\"}}}",
                "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "{\"spec\":{\"namespace\":\"default\"}}",
                "/apis/authentication.k8s.io/v1/tokenreviews", "{\"spec\":{\"token\":\"a.b.c\",\"audiences\":[\"x\"]}}",
                "/api/v1/namespaces/default/serviceaccounts/default/token",
                        "{\"spec\":{\"audiences\":[\"a\"],\"expirationSeconds\":600,\"boundObjectRef\":{\"kind\":\"Pod\",\"name\":\"p\"}}}");
        for (Map.Entry<String, String> question : questions.entrySet()) {
            for (int i = 0; i < 150; i++) {
                HttpResponse<String> response = send(
                        "POST",
                        question.getKey(),
                        "application/json",
                        mutated(question.getValue().getBytes(StandardCharsets.UTF_8), random));
                assertThat(response.statusCode())
                        .as("%s: %s", question.getKey(), response.body())
                        .isLessThan(500);
            }
        }
    }

    @Test
    void bombsAndAbyssesAreRefused() throws Exception {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a%d: &a%d [".formatted(i, i));
            bomb.append(("*a" + (i - 1) + ",").repeat(9)).append("*a" + (i - 1)).append("]\n");
        }
        refused(400, send("POST", MAPS, "application/yaml", bomb.toString().getBytes(StandardCharsets.UTF_8)));
        StringBuilder few = new StringBuilder("a0: &a0 [x,x]\n"); // two aliases a level, and still 2^24 elements
        for (int i = 1; i < 24; i++) {
            few.append("a%d: &a%d [*a%d,*a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        refused(400, send("POST", MAPS, "application/yaml", few.toString().getBytes(StandardCharsets.UTF_8)));
        for (String deep : List.of(
                "{\"a\":".repeat(100_000),
                "[".repeat(1_000_000),
                "{\"data\":" + "[".repeat(300) + "]".repeat(300) + "}")) {
            refused(400, send("POST", MAPS, "application/json", deep.getBytes(StandardCharsets.UTF_8)));
            refused(400, send("POST", MAPS, "application/yaml", deep.getBytes(StandardCharsets.UTF_8)));
        }
        refused(
                400,
                send(
                        "POST",
                        MAPS + "?fieldValidation=Strict",
                        "application/json",
                        "{\"data\":{},\"data\":{}}".getBytes(StandardCharsets.UTF_8)));
        refused(
                400,
                send(
                        "POST",
                        MAPS,
                        "application/json",
                        ("{\"data\":{\"k\":" + "9".repeat(100_000) + "}}").getBytes(StandardCharsets.UTF_8)));
        refused(413, send("POST", MAPS, "application/json", new byte[4 << 20]));
        refused(413, send("POST", MAPS, PROTOBUF, new byte[4 << 20]));
        refused(415, send("POST", MAPS, "text/plain", new byte[10]));
    }

    @Test
    void longLinesHeadersAndSelectorsAreRefusedWithAStatus() throws Exception {
        refused(
                400,
                gateway.send(
                        gateway.request("/api/v1/pods?x=" + "y".repeat(100_000)).build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods")
                        .header("X-Long", "y".repeat(100_000))
                        .build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods?labelSelector=" + "%28".repeat(1_500))
                        .build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods?fieldSelector=" + "a,".repeat(2_000))
                        .build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods?continue=" + "A".repeat(4_000))
                        .build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods?limit=99999999999999999999")
                        .build()));
        refused(
                400,
                gateway.send(gateway.request("/api/v1/pods?watch=1&resourceVersion=-1x")
                        .build()));
        for (String line : List.of(
                "GET /api/v1/pods?x=%zz HTTP/1.1",
                "GET /api/v1/pods/%ff%fe HTTP/1.1",
                "GET /api/v1/namespaces/%2e%2e/pods HTTP/1.1",
                "GET /api\\v1 HTTP/1.1",
                "GET /api/v1/pods?" + "a=b&".repeat(1_200) + " HTTP/1.1",
                "NONSENSE",
                "GET /api/v1/pods HTTP/9.9",
                "PROPFIND /api/v1/pods HTTP/1.1")) {
            String answer = raw(line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer)
                    .as(line.substring(0, Math.min(60, line.length())))
                    .matches("(?s)HTTP/1.1 (4|505).*");
            assertThat(answer)
                    .as(line.substring(0, Math.min(60, line.length())))
                    .contains("\"kind\":\"Status\"");
        }
    }

    @Test
    void aTableOfSelectorTermsDoesNotHoldTheServer() throws Exception {
        String terms = "a!=b,".repeat(1_400) + "c=d";
        long begin = System.nanoTime();
        assertThat(gateway.send(gateway.request("/api/v1/pods?labelSelector=" + terms.replace("!", "%21"))
                                .build())
                        .statusCode())
                .isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
    }

    private static String raw(String request) throws IOException {
        try (RawConnections connections = new RawConnections(gateway)) {
            SSLSocket socket = connections.open();
            RawConnections.write(socket, request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void refused(int code, HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        assertThat(json(response).path("kind").asString()).isEqualTo("Status");
        assertThat(json(response).path("message").asString()).isNotEmpty().hasSizeLessThan(200_000);
    }

    private static HttpResponse<String> send(String method, String path, String type, byte[] body) throws Exception {
        return gateway.send(gateway.request(path)
                .header("Content-Type", type)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    private static byte[] mutated(byte[] body, Random random) {
        byte[] next = body.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(next.length);
            switch (random.nextInt(4)) {
                case 0 -> next[at] = (byte) random.nextInt(256);
                case 1 -> next[at] = (byte) "{}[]\":,0-1e.nt\\ \n&*".charAt(random.nextInt(20) % 19);
                case 2 -> next = java.util.Arrays.copyOf(next, Math.max(1, at));
                default -> {
                    int from = random.nextInt(next.length);
                    int length = Math.min(random.nextInt(20), Math.min(next.length - from, next.length - at));
                    System.arraycopy(next, from, next, at, length);
                }
            }
        }
        return next;
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    private static String map(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"},\"data\":{}}";
    }

    private static String deployment() {
        return """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"fuzz","namespace":"default",
                 "labels":{"a":"b"},"ownerReferences":[],"annotations":{"x":"y"}},
                 "spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"strategy":{"type":"RollingUpdate",
                 "rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},"template":{"metadata":{"labels":{"a":"b"}},
                 "spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],
                 "resources":{"limits":{"cpu":"100m","memory":"1Gi"}},"livenessProbe":{"httpGet":{"port":80,"path":"/"},
                 "periodSeconds":5}}]}}}}""";
    }

    private static String yaml() {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: fuzz, namespace: default, labels: {a: b}}
                spec:
                  replicas: 2
                  selector: {matchLabels: {a: b}}
                  template:
                    metadata: {labels: {a: b}}
                    spec:
                      containers:
                      - {name: c, image: i, ports: [{containerPort: 80}]}
                """;
    }

    private static byte[] protobuf() throws IOException {
        V1.ConfigMap map = V1.ConfigMap.newBuilder()
                .setMetadata(Meta.ObjectMeta.newBuilder().setName("fuzz").setNamespace("default"))
                .putData("key", "value")
                .build();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(new byte[] {'k', '8', 's', 0});
        Runtime.Unknown.newBuilder()
                .setTypeMeta(Runtime.TypeMeta.newBuilder().setApiVersion("v1").setKind("ConfigMap"))
                .setRaw(map.toByteString())
                .build()
                .writeTo(body);
        return body.toByteArray();
    }
}
