package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.gateway.auth.ClusterCertificates;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * exec, attach, cp and port-forward into a running pod: with the oldest and the newest kubectl that people use, one over
 * SPDY and one over WebSocket, and with fabric8.
 */
@Timeout(600)
class StreamingIT extends OnePlatform {
    private static final Duration SOON = Duration.ofMinutes(2);

    @BeforeAll
    static void start() throws Exception {
        begin("streaming");
        try (KubernetesClient client = waybill.client()) {
            client.load(Manifests.resource("streaming-pods.yaml", Map.of("image: box", "image: " + image)))
                    .inNamespace("default")
                    .create();
            for (String pod : List.of("box", "talker", "typist")) {
                client.pods().inNamespace("default").withName(pod).waitUntilReady(120, TimeUnit.SECONDS);
            }
        }
    }

    static Stream<String> clients() {
        String tools = System.getenv().getOrDefault("WAYBILL_TOOLS", "/nowhere");
        return Stream.of("kubectl", "kubectl-1.20")
                .map(name -> Path.of(tools, name))
                .filter(Files::isExecutable)
                .map(Path::toString);
    }

    /** A shell's end is its exit code; its two outputs stay apart. */
    @ParameterizedTest
    @MethodSource("clients")
    void aCommandHasItsStreamsAndItsExitCode(String kubectl) throws Exception {
        Kubectl.Ended ended =
                kubectl(kubectl).run("", "exec", "box", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(ended.output()).isEqualTo("out\n");
        assertThat(ended.errors()).contains("err\n").contains("command terminated with exit code 7");
        assertThat(ended.code()).isEqualTo(7);
        assertThat(kubectl(kubectl)
                        .run("one\ntwo\n", "exec", "-i", "box", "--", "wc", "-l")
                        .output())
                .as("what is piped in ends")
                .isEqualTo("2\n");
        assertThat(kubectl(kubectl)
                        .run("", "exec", "box", "--", "nothing-of-that-name")
                        .code())
                .isNotZero();
        assertThat(kubectl(kubectl)
                        .run("", "exec", "box", "-c", "other", "--", "true")
                        .errors())
                .contains("container other is not valid for pod box");
    }

    /** Ten megabytes there and back are the same. */
    @ParameterizedTest
    @MethodSource("clients")
    void filesAreCopiedBothWays(String kubectl) throws Exception {
        byte[] bytes = new byte[10 << 20];
        new Random(7).nextBytes(bytes);
        Path directory = Files.createDirectories(scratch.resolve("cp"));
        Path there = Files.write(directory.resolve("there"), bytes);
        Path back = directory.resolve("back");
        Files.deleteIfExists(back);
        assertSuccess(kubectl(kubectl).run("", "cp", there.toString(), "box:/tmp/copied"));
        assertSuccess(kubectl(kubectl).run("", "cp", "box:/tmp/copied", back.toString()));
        assertThat(back).hasSameBinaryContentAs(there);
    }

    /** A terminal has a size, echoes what is typed and has one output. */
    @ParameterizedTest
    @MethodSource("clients")
    void aTerminalIsOne(String kubectl) throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/script")), "needs script(1)");
        Kubectl.Ended ended = kubectl(kubectl)
                .inTerminal(
                        "stty cols 101 rows 37; sleep 0.3; ",
                        "exec",
                        "-it",
                        "box",
                        "--",
                        "sh",
                        "-c",
                        "until stty size | grep '37 101'; do sleep 0.1; done; test -t 0 && test -t 2 && echo terminal; exit 4");
        assertThat(ended.output()).contains("37 101").contains("terminal");
        assertThat(ended.code()).isEqualTo(4);
    }

    /** The first process's output and input; detaching leaves it alone. */
    @ParameterizedTest
    @MethodSource("clients")
    void attachJoinsTheFirstProcess(String kubectl) throws Exception {
        kubectl(kubectl).runUntil("tick", "", "attach", "talker");
        kubectl(kubectl).runUntil("heard hello there", "hello there\n", "attach", "-i", "typist");
        try (KubernetesClient client = waybill.client()) {
            for (String pod : List.of("talker", "typist")) {
                assertThat(client.pods()
                                .inNamespace("default")
                                .withName(pod)
                                .get()
                                .getStatus()
                                .getContainerStatuses()
                                .getFirst()
                                .getRestartCount())
                        .isZero();
            }
        }
    }

    /** Programs that listen on the pod's loopback only are reached; a port where nobody listens says so. */
    @ParameterizedTest
    @MethodSource("clients")
    void portsAreForwarded(String kubectl) throws Exception {
        int local = freePort();
        int dead = freePort();
        Kubectl running = kubectl(kubectl);
        Process forward = running.start("port-forward", "box", local + ":8080", dead + ":81");
        try (HttpClient http = HttpClient.newHttpClient()) {
            Eventually.within(SOON, "forwarding", () -> running.outputSoFar().contains(local + " -> 8080"));
            for (int i = 0; i < 20; i++) {
                HttpResponse<String> page = http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + local + "/index.html"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(page.body()).isEqualTo("a page of the pod\n");
            }
            try {
                http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + dead + "/"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
            Eventually.within(
                    SOON, "the error is told", () -> running.errorsSoFar().contains("Connection refused"));
        } finally {
            forward.destroy();
            forward.waitFor();
        }
    }

    /** Requests to a pod or to what is behind a Service, through the API; what the program says passes as it is. */
    @Test
    void requestsAreProxiedToPodsAndServices() throws Exception {
        String pods = "/api/v1/namespaces/default/pods/";
        String services = "/api/v1/namespaces/default/services/";
        assertThat(ok("", "get", "--raw", pods + "box:8080/proxy/index.html")).isEqualTo("a page of the pod");
        assertThat(ok("", "get", "--raw", pods + "http:box:8080/proxy/index.html"))
                .isEqualTo("a page of the pod");
        assertThat(ok("", "get", "--raw", pods + "box:8080/proxy")).as("to /").isEqualTo("a page of the pod");
        assertThat(kubectl()
                        .run("", "get", "--raw", pods + "box:8080/proxy/nothing/of/that")
                        .errors())
                .contains("NotFound");
        assertThat(kubectl().run("", "get", "--raw", pods + "box:81/proxy/").errors())
                .contains("ServiceUnavailable")
                .contains("error trying to reach service:")
                .containsIgnoringCase("connection refused");
        assertThat(kubectl().run("", "get", "--raw", pods + "none:81/proxy/").errors())
                .contains("pods \"none\" not found");
        assertThat(kubectl()
                        .run("{}", "create", "--raw", pods + "box:8080/proxy/index.html", "-f", "-")
                        .errors())
                .as("busybox has no POST for pages")
                .contains("501");

        ok("", "label", "pod", "box", "app=box");
        ok("", "expose", "pod", "box", "--name", "web", "--port", "80", "--target-port", "8080");
        Eventually.within(
                SOON,
                "the Service has its pod",
                () -> kubectl()
                                .run("", "get", "--raw", services + "web/proxy/index.html")
                                .code()
                        == 0);
        assertThat(ok("", "get", "--raw", services + "web:80/proxy/index.html")).isEqualTo("a page of the pod");
        assertThat(kubectl().run("", "get", "--raw", services + "web:81/proxy/").errors())
                .contains("no service port \"81\" found for service \"web\"");
        ok("", "create", "service", "clusterip", "empty", "--tcp", "80");
        assertThat(kubectl().run("", "get", "--raw", services + "empty/proxy/").errors())
                .contains("no endpoints available for service \"empty\"");
    }

    /** What a node says of itself, through the API. */
    @ParameterizedTest
    @MethodSource("clients")
    void aNodeIsAskedThroughTheApi(String kubectl) throws Exception {
        String name = ok("", "get", "nodes", "-o", "name").strip();
        String node = "/api/v1/" + name.replace("node/", "nodes/") + "/proxy/";
        assertThat(kubectl(kubectl).run("", "get", "--raw", node + "healthz").output())
                .isEqualTo("ok");
        assertThat(kubectl(kubectl).run("", "get", "--raw", node + "pods").output())
                .contains("\"kind\":\"PodList\"")
                .contains("\"name\":\"talker\"")
                .contains("\"phase\":\"Running\"");
        assertThat(kubectl(kubectl)
                        .run("", "get", "--raw", node + "stats/summary")
                        .output())
                .contains("\"podRef\":{\"name\":\"talker\",\"namespace\":\"default\"")
                .contains("\"usageCoreNanoSeconds\":");
        assertThat(kubectl(kubectl)
                        .run("", "get", "--raw", node + "metrics/resource")
                        .output())
                .containsPattern(
                        "container_memory_working_set_bytes\\{container=\"[^\"]+\",namespace=\"default\",pod=\"talker\"} [1-9]");
        assertThat(kubectl(kubectl)
                        .run("", "get", "--raw", node + "containerLogs/default/talker/main?tailLines=1")
                        .output())
                .contains("tick");
        assertThat(kubectl(kubectl).run("", "get", "--raw", node + "metrics").errors())
                .contains("could not find the requested resource");
    }

    /** A program in the pod agrees to another protocol, and bytes pass both ways. */
    @Test
    void aPodsProgramChangesTheProtocol() throws Exception {
        String answer =
                "printf 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n'";
        ok(
                "",
                "exec",
                "box",
                "--",
                "sh",
                "-c",
                "printf '#!/bin/sh\\nwhile read -r line && [ ${#line} -gt 1 ]; do :; done\\n%s\\nexec cat\\n' \"$0\" > /tmp/echo; chmod +x /tmp/echo; (nc -ll -p 8090 -e /tmp/echo < /dev/null > /dev/null 2>&1 &)",
                answer);
        String server = Files.readString(waybill.kubeconfig()).replaceAll("(?s).*127\\.0\\.0\\.1:(\\d+).*", "$1");
        try (Socket socket = ClusterCertificates.ensure(waybill.data().resolve("pki"))
                .clientContext("admin")
                .getSocketFactory()
                .createSocket("127.0.0.1", Integer.parseInt(server))) {
            socket.getOutputStream()
                    .write(String.join(
                                    "\r\n",
                                    "GET /api/v1/namespaces/default/pods/box:8090/proxy/ HTTP/1.1",
                                    "Host: x",
                                    "Connection: Upgrade",
                                    "Upgrade: echo",
                                    "",
                                    "there and back\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(lines.readLine()).startsWith("HTTP/1.1 101");
            String line = lines.readLine();
            while (!line.isEmpty()) {
                line = lines.readLine();
            }
            assertThat(lines.readLine()).isEqualTo("there and back");
        }
    }

    @Test
    void fabric8ExecsAndForwards() throws Exception {
        try (KubernetesClient client = waybill.client()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ExecWatch watch = client.pods()
                    .inNamespace("default")
                    .withName("box")
                    .writingOutput(out)
                    .exec("sh", "-c", "echo from fabric8; exit 3")) {
                assertThat(watch.exitCode().get(120, TimeUnit.SECONDS)).isEqualTo(3);
            }
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("from fabric8\n");
            try (LocalPortForward forward =
                            client.pods().inNamespace("default").withName("box").portForward(8080);
                    HttpClient http = HttpClient.newHttpClient()) {
                assertThat(http.send(
                                        HttpRequest.newBuilder(URI.create(
                                                        "http://127.0.0.1:" + forward.getLocalPort() + "/index.html"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo("a page of the pod\n");
            }
            byte[] bytes = new byte[1 << 20];
            new Random(9).nextBytes(bytes);
            Path file = Files.write(scratch.resolve("fabric8"), bytes);
            client.pods()
                    .inNamespace("default")
                    .withName("box")
                    .file("/tmp/fabric8")
                    .upload(file);
            Path back = scratch.resolve("fabric8-back");
            client.pods()
                    .inNamespace("default")
                    .withName("box")
                    .file("/tmp/fabric8")
                    .copy(back);
            assertThat(back).hasSameBinaryContentAs(file);
        }
    }

    /** A client that goes away takes its command with it, and no thread, process or file stays. */
    @ParameterizedTest
    @MethodSource("clients")
    void whoGoesAwayLeavesNothing(String kubectl) throws Exception {
        Process exec = kubectl(kubectl).start("exec", "box", "--", "sleep", "4321");
        Eventually.within(SOON, "it runs", () -> !processes("sleep 4321").isEmpty());
        exec.destroyForcibly().waitFor();
        Eventually.within(SOON, "it is gone", () -> processes("sleep 4321").isEmpty());
        Eventually.within(SOON, "its files are gone", () -> execFiles().isEmpty());
    }

    private static List<Path> execFiles() throws IOException {
        try (Stream<Path> files = Files.walk(waybill.data().resolve("nodes"), 4)) {
            return files.filter(file -> file.getParent().endsWith("run/exec")).toList();
        }
    }

    private static List<Long> processes(String command) {
        List<Long> found = new ArrayList<>();
        ProcessHandle.allProcesses().forEach(process -> {
            try {
                String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                        .replace('\0', ' ');
                // The client's own command line has it too.
                if (line.contains(command) && !line.contains("kubectl")) {
                    found.add(process.pid());
                }
            } catch (IOException e) {
                // Ended meanwhile.
            }
        });
        return found;
    }

    private static void assertSuccess(Kubectl.Ended ended) {
        assertThat(ended.code()).as(ended.errors()).isZero();
    }

    private static Kubectl kubectl(String program) throws Exception {
        return kubectl(Path.of(program));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
