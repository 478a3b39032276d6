package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Kubernetes' client for Node.js: each test runs a step of {@code nodeclient/steps.mjs}. */
@Timeout(600)
class NodeClientIT extends OnePlatform {
    private static Path program;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Commands.present("npm"), "needs npm");
        begin("nodeclient");
        program = Files.createDirectories(scratch.resolve("program"));
        Commands.installNode("nodeclient", "steps.mjs", program);
        runBox();
    }

    @Test
    void objectsAreMadeListedPatchedAppliedAndRemoved() throws Exception {
        JsonNode seen = step("objects");
        assertThat(seen.path("pages").toString())
                .as("two, the rest, and how many remained")
                .isEqualTo("[2,1,1]");
        assertThat(seen.path("created").asBoolean()).isTrue();
        assertThat(seen.path("data"))
                .isEqualTo(JsonMapper.shared()
                        .readTree("{\"json\":\"2\",\"merge\":\"3\",\"strategic\":\"4\",\"applied\":\"5\"}"));
        assertThat(seen.path("removed").asString()).isEqualTo("Success");
        failed(seen.path("failures").path("conflict"), 409, "Conflict", "conflict with \"");
        failed(seen.path("failures").path("modified"), 409, "Conflict", "the object has been modified");
        failed(seen.path("failures").path("exists"), 409, "AlreadyExists", "configmaps \"one\" already exists");
        failed(seen.path("failures").path("invalid"), 422, "Invalid", "metadata.name: Invalid value: \"No_Name\"");
        failed(seen.path("failures").path("missing"), 404, "NotFound", "configmaps \"one\" not found");
    }

    @Test
    void anInformerFollowsAndAWatchGoesOnFromWhereItWas() throws Exception {
        JsonNode seen = step("informer");
        assertThat(seen.path("told").toString()).isEqualTo("[\"add followed 1\",\"update followed 2\"]");
        assertThat(seen.path("cached").asString()).isEqualTo("2");
        assertThat(seen.path("replayed").toString()).contains("\"MODIFIED followed\",\"DELETED followed\"");
    }

    @Test
    void customResourcesAreLikeOthers() throws Exception {
        JsonNode seen = step("customResource");
        assertThat(seen.path("listed").toString()).isEqualTo("[\"albatross 3 home\"]");
        assertThat(seen.path("applied").asInt()).isEqualTo(4);
        assertThat(seen.path("read").asInt()).isEqualTo(4);
        failed(seen.path("invalid"), 422, "Invalid", "spec.masts: Invalid value: 0");
        failed(seen.path("missing"), 404, "NotFound", "ships.nodeclient.example.com \"albatross\" not found");
    }

    @Test
    void logsCommandsCopiesAndPorts() throws Exception {
        JsonNode seen = step("streams");
        assertThat(seen.path("log").asString()).isEqualTo("tick");
        assertThat(seen.path("out").asString()).isEqualTo("typed\n");
        assertThat(seen.path("err").asString()).isEqualTo("wrong\n");
        assertThat(seen.path("exit").asString()).isEqualTo("7");
        assertThat(seen.path("copied").asString()).isEqualTo("500000");
        assertThat(seen.path("answer").asString()).contains("200 OK");
    }

    /** A dashboard's page, whose WebSockets are the browser's: their only header is the subprotocols. */
    @Test
    void aBrowserFollowsObjectsLogsAndCommands() throws Exception {
        JsonNode seen = step("browser");
        assertThat(seen.path("subprotocols"))
                .hasToString("[\"base64.binary.k8s.io\",\"base64.binary.k8s.io\",\"binary.k8s.io\","
                        + "\"base64.channel.k8s.io\"]");
        assertThat(seen.path("groups")).hasToString("[\"apps\"]");
        assertThat(seen.path("openapi").asBoolean()).isTrue();
        assertThat(seen.path("rules").asBoolean()).isTrue();
        assertThat(seen.path("pods")).hasToString("[\"Table\",1,\"Name\"]");
        assertThat(seen.path("everywhere").asInt()).isEqualTo(403);
        assertThat(seen.path("follow").asString()).isEqualTo("tick");
        assertThat(seen.path("log").asString()).isEqualTo("tick\ntick\n");
        assertThat(seen.path("output").asString()).isEqualTo("ahoy\n");
    }

    @Test
    void whatNodesUse() throws Exception {
        JsonNode seen = step("metrics");
        assertThat(seen.path("nodes").asInt()).isEqualTo(1);
        assertThat(seen.path("measured").asInt()).isEqualTo(1);
        assertThat(seen.path("cpus").asInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    private static void failed(JsonNode failure, int code, String reason, String message) {
        assertThat(failure.path("code").asInt()).isEqualTo(code);
        assertThat(failure.path("reason").asString()).isEqualTo(reason);
        assertThat(failure.path("message").asString()).contains(message);
    }

    private static JsonNode step(String name) throws Exception {
        Commands.Ended ended = Commands.run(
                program,
                Map.of(),
                program.resolve("node_modules/.bin/node").toString(),
                "steps.mjs",
                name,
                waybill.kubeconfig().toString(),
                "default",
                "box");
        assertThat(ended.code()).as(ended.output()).isZero();
        return JsonMapper.shared().readTree(ended.output());
    }
}
