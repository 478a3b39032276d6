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

/** Kubernetes' client for Python, some years old: each test runs a step of {@code pythonclient/steps.py}. */
@Timeout(600)
class PythonClientIT extends OnePlatform {
    private static final Path PYTHON = Path.of("/usr/bin/python3");
    private static final String MARK = "SEEN ";

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/lib/python3/dist-packages/kubernetes")),
                "needs Debian's python3-kubernetes");
        begin("pythonclient");
        runBox();
    }

    @Test
    void objectsAreMadeListedPatchedReplacedAndRemoved() throws Exception {
        JsonNode seen = step("objects");
        assertThat(seen.path("pages")).hasToString("[2,1]");
        assertThat(seen.path("created").asBoolean()).isTrue();
        assertThat(seen.path("data")).hasToString("{\"strategic\":\"2\"}");
        assertThat(seen.path("removed").asString()).isEqualTo("Success");
        assertThat(seen.path("known")).hasToString("[1,1,true,true,true,\"1\"]");
        assertThat(seen.at("/failures/modified/code").asInt()).isEqualTo(409);
        assertThat(seen.at("/failures/modified/reason").asString()).isEqualTo("Conflict");
        assertThat(seen.at("/failures/invalid/code").asInt()).isEqualTo(422);
    }

    @Test
    void aWatchGoesOnFromAList() throws Exception {
        assertThat(step("follow").path("seen")).hasToString("[\"ADDED 1\",\"MODIFIED 2\",\"DELETED 2\"]");
    }

    @Test
    void customResourcesAreFoundByDiscovery() throws Exception {
        JsonNode seen = step("custom-resource");
        assertThat(seen.path("applied").asInt()).isEqualTo(10);
        assertThat(seen.path("patched").asInt()).isEqualTo(11);
        assertThat(seen.path("listed")).hasToString("[\"kon-tiki\"]");
        assertThat(seen.path("missing").asInt()).isEqualTo(404);
    }

    @Test
    void logsCommandsAndPorts() throws Exception {
        JsonNode seen = step("streams");
        assertThat(seen.path("logged").asString()).isEqualTo("tick");
        assertThat(seen.path("followed").asString()).isEqualTo("tick");
        assertThat(seen.path("out").asString()).isEqualTo("typed\n");
        assertThat(seen.path("err").asString()).isEqualTo("wrong\n");
        assertThat(seen.path("exit").asInt()).isEqualTo(7);
        assertThat(seen.path("answer").asString()).contains("200 OK").endsWith("aboard\n");
        assertThat(seen.path("error").isNull()).isTrue();
    }

    @Test
    void oneOfTwoLeads() throws Exception {
        assertThat(step("leader").path("leading")).hasToString("[\"first\"]");
    }

    private static JsonNode step(String name) throws Exception {
        Commands.Ended ended = Commands.run(
                Repository.module("system-tests").resolve("pythonclient"),
                Map.of("PYTHONDONTWRITEBYTECODE", "1"),
                PYTHON.toString(),
                "-W",
                "ignore",
                "steps.py",
                name,
                waybill.kubeconfig().toString(),
                "default",
                "box");
        assertThat(ended.code()).as(ended.output()).isZero();
        String seen = ended.output()
                .lines()
                .filter(line -> line.startsWith(MARK))
                .findFirst()
                .orElseThrow(() -> new AssertionError(ended.output()));
        return JsonMapper.shared().readTree(seen.substring(MARK.length()));
    }
}
