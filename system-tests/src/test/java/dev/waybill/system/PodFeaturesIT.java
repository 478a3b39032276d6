package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What pods of other clusters are used to: the API with their token, claims, being debugged and measured. */
@Timeout(600)
class PodFeaturesIT extends OnePlatform {
    private static final Duration SOON = Duration.ofMinutes(2);

    @BeforeAll
    static void start() throws Exception {
        begin("features");
    }

    private static void createAndAwait(String file, Map<String, String> changes, String... pods) throws Exception {
        try (KubernetesClient client = waybill.client()) {
            client.load(Manifests.resource(file, changes))
                    .inNamespace("default")
                    .create();
            for (String pod : pods) {
                client.pods().inNamespace("default").withName(pod).waitUntilReady(120, TimeUnit.SECONDS);
            }
        }
    }

    /** The mounted token is the pod's, and by it a program in the pod finds and uses the API as in other clusters. */
    @Test
    void aProgramInAPodUsesTheApi() throws Exception {
        createAndAwait(
                "api-pods.yaml",
                Map.of(
                        "image: box",
                        "image: " + image,
                        "KUBECTL",
                        newKubectl().toRealPath().toString()),
                "insider",
                "outsider",
                "hosted",
                "apart");
        for (String pod : List.of("insider", "hosted")) {
            Kubectl.Ended listed = kubectl().run("", "exec", pod, "--", "/tools/kubectl", "get", "pods", "-o", "name");
            assertThat(listed.output()).as(listed.errors()).contains("pod/" + pod);
            Kubectl.Ended refused = kubectl().run("", "exec", pod, "--", "/tools/kubectl", "get", "secrets");
            assertThat(refused.errors())
                    .contains("User \"system:serviceaccount:default:reader\" cannot list resource \"secrets\"");
        }
        String mount = "/var/run/secrets/kubernetes.io/serviceaccount";
        Kubectl.Ended files = kubectl().run("", "exec", "insider", "--", "ls", "-lnL", mount);
        assertThat(files.output()).as("one user: his alone").containsPattern("-rw------- +1 1000 +0 .* token");
        assertThat(files.output()).contains("ca.crt", "namespace");
        assertThat(kubectl().run("", "exec", "outsider", "--", "ls", mount).code())
                .as("automountServiceAccountToken: false")
                .isNotZero();
        Kubectl.Ended other = kubectl().run("", "exec", "apart", "--", "ls", "-lnL", "/vault");
        assertThat(other.output()).as("an fsGroup reads it").containsPattern("-rw-r----- +1 0 +2000 .* vault-token");
        Kubectl.Ended claims = kubectl().run("", "exec", "apart", "--", "cat", "/vault/vault-token");
        String payload =
                new String(Base64.getUrlDecoder().decode(claims.output().split("\\.", -1)[1]), StandardCharsets.UTF_8);
        assertThat(payload).contains("\"aud\":[\"vault\"]", "\"name\":\"apart\"", "\"node\"");
    }

    /** A claim is a directory on the node of its first pod, outlives pods, and goes when it is deleted. */
    @Test
    void aClaimOutlivesItsPods() throws Exception {
        createAndAwait("claiming-pods.yaml", Map.of("image: box", "image: " + image), "keeper");
        assertThat(kubectl()
                        .run("", "exec", "keeper", "--", "sh", "-c", "echo kept > /data/file")
                        .code())
                .isZero();
        String volume = kubectl()
                .run("", "get", "pvc", "data", "-o", "jsonpath={.spec.volumeName}")
                .output();
        assertThat(kubectl().run("", "get", "pvc").output()).containsPattern("data +Bound +" + volume + " +64Mi +RWO");
        Path directory = Path.of(kubectl()
                .run("", "get", "pv", volume, "-o", "jsonpath={.spec.local.path}")
                .output());
        assertThat(directory.resolve("file")).hasContent("kept");
        assertThat(kubectl().run("", "delete", "pvc", "data", "--wait=false").code())
                .isZero();
        assertThat(kubectl().run("", "get", "pvc", "data").output())
                .as("in use")
                .contains("Terminating");
        assertThat(kubectl().run("", "describe", "pvc", "data").output())
                .contains("WaitForFirstConsumer", "ProvisioningSucceeded", "kubernetes.io/pvc-protection");
        assertThat(kubectl().run("", "delete", "pod", "keeper").code()).isZero();
        Eventually.within(
                SOON,
                "claim and volume are gone",
                () -> kubectl()
                        .run("", "get", "pvc,pv", "-o", "name")
                        .output()
                        .lines()
                        .noneMatch(line -> line.endsWith("/data") || line.endsWith(volume)));
        Eventually.within(SOON, "and the directory", () -> !Files.exists(directory));

        Path disk = Files.createDirectories(scratch.resolve("disk"));
        Files.writeString(disk.resolve("file"), "brought along");
        createAndAwait(
                "static-volume.yaml", Map.of("image: box", "image: " + image, "DISK", disk.toString()), "reader");
        assertThat(kubectl()
                        .run("", "exec", "reader", "--", "cat", "/data/file")
                        .output())
                .isEqualTo("brought along");
        assertThat(kubectl()
                        .run("", "exec", "reader", "--", "touch", "/data/file")
                        .code())
                .as("the pod said readOnly")
                .isNotZero();
        assertThat(kubectl().run("", "delete", "pod/reader", "pvc/static").code())
                .isZero();
        Eventually.within(
                SOON,
                "the volume is released",
                () -> kubectl()
                        .run("", "get", "pv", "disk", "-o", "jsonpath={.status.phase}")
                        .output()
                        .equals("Released"));
        assertThat(disk.resolve("file")).as("retained").hasContent("brought along");
    }

    /** kubectl top, the oldest and the newest: a container that spins shows its core, one that sleeps none. */
    @Test
    void topShowsWhatPodsAndNodesUse() throws Exception {
        createAndAwait("busy-pods.yaml", Map.of("image: box", "image: " + image), "busy");
        for (String name : List.of("kubectl", "kubectl-1.20")) {
            Path program = newKubectl().resolveSibling(name);
            assumeTrue(Files.isExecutable(program), "needs " + name);
            Eventually.within(
                    SOON,
                    name + " top pod",
                    () -> kubectl(program)
                            .run("", "top", "pod", "busy", "--containers", "--no-headers")
                            .output()
                            .matches("(?s).*busy +idle +\\d+m.*busy +spins +[1-9]\\d\\dm +\\d+Mi.*"));
            assertThat(kubectl(program).run("", "top", "pod", "-l", "app=busy").output())
                    .containsPattern("busy +[1-9]\\d\\dm +[2-9]\\dMi");
            assertThat(kubectl(program).run("", "top", "pod", "-l", "app=none").output())
                    .doesNotContain("busy");
            assertThat(kubectl(program).run("", "top", "node").output()).containsPattern("node-1 +[1-9]\\d+m +\\d+%");
        }
        assertThat(kubectl().run("", "delete", "pod", "busy").code()).isZero();
        Eventually.within(
                SOON,
                "nothing is left of it",
                () -> kubectl().run("", "top", "pod", "busy").errors().contains("not found"));
    }

    /** A shell beside the program, in its process namespace, that comes into a pod that runs. */
    @Test
    void kubectlDebugLooksAtARunningContainer() throws Exception {
        createAndAwait("debugged-pod.yaml", Map.of("image: box", "image: " + image), "watched");
        Kubectl debug = kubectl();
        Process shell = debug.startInTerminal(
                "", "debug", "-it", "watched", "--image=" + image, "--target=main", "--container=look", "--", "sh");
        Eventually.within(SOON, "a prompt", () -> debug.outputSoFar().contains("#"));
        shell.getOutputStream().write("ps; hostname; exit 5\n".getBytes(StandardCharsets.UTF_8));
        shell.getOutputStream().flush();
        Kubectl.Ended ended = debug.awaitEnd(shell);
        assertThat(ended.output()).contains("sleep 987").contains("watched");
        Kubectl.Ended again = kubectl()
                .run(
                        "",
                        "debug",
                        "watched",
                        "--image=" + image,
                        "--container=alone",
                        "--",
                        "sh",
                        "-c",
                        "ps; sleep 600");
        assertThat(again.code()).as(again.errors()).isZero();
        try (KubernetesClient client = waybill.client()) {
            var pod = client.pods().inNamespace("default").withName("watched");
            Eventually.within(
                    SOON,
                    "the second runs",
                    () -> pod.get().getStatus().getEphemeralContainerStatuses().stream()
                            .anyMatch(status -> status.getName().equals("alone")
                                    && status.getState().getRunning() != null));
            Eventually.within(
                    SOON,
                    "the first has ended for good",
                    () -> pod.get().getStatus().getEphemeralContainerStatuses().stream()
                            .anyMatch(status -> status.getName().equals("look")
                                    && status.getState().getTerminated() != null
                                    && status.getState().getTerminated().getExitCode() == 5
                                    && status.getRestartCount() == 0));
            assertThat(pod.get().getStatus().getContainerStatuses().getFirst().getRestartCount())
                    .isZero();
        }
        Eventually.within(
                SOON,
                "its log",
                () -> kubectl()
                        .run("", "logs", "watched", "-c", "alone")
                        .output()
                        .contains("ps"));
        assertThat(kubectl().run("", "logs", "watched", "-c", "alone").output())
                .as("a process namespace of its own")
                .doesNotContain("sleep 987");
        assertThat(kubectl()
                        .run("", "exec", "watched", "-c", "alone", "--", "hostname")
                        .output())
                .isEqualTo("watched\n");
        assertThat(kubectl().run("", "delete", "pod", "watched").code()).isZero();
    }

    private static String output(String... arguments) throws Exception {
        return kubectl().run("", arguments).output();
    }

    /** A pod ends by the signal that it names, is called what it says, and takes no more of the disk than it may. */
    @Test
    void podsEndAndAreCalledAsTheySay() throws Exception {
        Path out = Files.createDirectories(scratch.resolve("out"));
        createAndAwait(
                "particular-pods.yaml",
                Map.of("image: box", "image: " + image, "OUT", out.toString()),
                "leaver",
                "named");
        assertThat(output("get", "pod", "leaver", "-o", "jsonpath={.status.containerStatuses[0].stopSignal}"))
                .isEqualTo("SIGQUIT");
        Eventually.within(SOON, "its trap is set", () -> Files.exists(out.resolve("ready")));
        assertThat(kubectl().run("", "delete", "pod", "leaver").code()).isZero();
        assertThat(out.resolve("signal")).hasContent("quit\n");

        String name = "db.data.default.svc.cluster.local";
        assertThat(output("exec", "named", "--", "hostname")).isEqualTo(name + "\n");
        assertThat(output("exec", "named", "--", "cat", "/etc/hosts", "/etc/hostname"))
                .containsPattern("10\\.\\S+\t" + name + "\tdb\n")
                .endsWith("\n" + name + "\n");
        Eventually.within(
                SOON,
                "the name that does not fit is told",
                () -> output("describe", "pod", "lengthy")
                        .contains("Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster"
                                + " domain, FQDN lengthy." + "d".repeat(40) + ".default.svc.cluster.local is too long"
                                + " (64 characters is the max, 74 characters requested)"));
        assertThat(output("get", "pod", "lengthy", "--no-headers")).contains("ContainerCreating");

        Eventually.within(
                SOON,
                "the one that fills the disk is evicted",
                () -> output("get", "pod", "filler", "--no-headers").contains("Evicted"));
        assertThat(output("describe", "pod", "filler"))
                .containsPattern("Status: +Failed\\nReason: +Evicted")
                .containsPattern("Warning +Evicted .*Pod ephemeral local storage usage exceeds the total limit of"
                        + " containers 4Mi");
        assertThat(output("get", "node", "node-1", "-o", "jsonpath={.status.allocatable.ephemeral-storage}"))
                .matches("\\d{9,}");
        Eventually.within(
                SOON,
                "and none is placed that asks for more than there is",
                () -> output("describe", "pod", "greedy").contains("Insufficient ephemeral-storage"));
        String odd = new String(
                Manifests.resource("particular-pods.yaml", Map.of("SIGQUIT", "SIGNONE"))
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        assertThat(kubectl().run(odd, "create", "-f", "-").errors())
                .contains("spec.containers[0].lifecycle.stopSignal: Unsupported value: \"SIGNONE\"");
        assertThat(kubectl()
                        .run("", "delete", "pod", "named", "lengthy", "filler", "greedy")
                        .code())
                .isZero();
    }

    /** The log of a container that was started again, of which a part was put aside: all of it, by every option. */
    @Test
    void theLogOfTheLastStartIsReadOverItsParts() throws Exception {
        createAndAwait("talking-pod.yaml", Map.of("image: box", "image: " + image));
        String uid = output("get", "pod", "talker", "-o", "jsonpath={.metadata.uid}");
        Eventually.within(Duration.ofMinutes(2), "a part of its log is put aside", () -> {
            try (Stream<Path> files = Files.walk(waybill.data())) {
                return files.anyMatch(file -> file.toString().contains("/" + uid + "/logs/main/0.log."));
            } catch (UncheckedIOException e) {
                return false; // a directory went meanwhile
            }
        });
        assertThat(kubectl()
                        .run("", "exec", "talker", "-c", "main", "--", "touch", "/d/go")
                        .code())
                .isZero();
        Eventually.within(
                SOON,
                "it was started again",
                () -> output("logs", "talker", "-c", "main").equals("the second start\n"));
        String[] previous = {"logs", "talker", "-c", "main", "--previous"};
        assertThat(output(more(previous, "--tail=2"))).isEqualTo("400000\nthe last line\n");
        List<String> all = output(previous).lines().toList();
        assertThat(all).hasSize(400_002).startsWith("the first line", "1", "2").endsWith("400000", "the last line");
        String last = output(more(previous, "--tail=1", "--timestamps"));
        assertThat(last).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ the last line\n");
        assertThat(output(more(previous, "--since-time=" + last.substring(0, last.indexOf(' ')))))
                .isEqualTo("the last line\n");
        assertThat(output(more(previous, "--since=1h", "--tail=1"))).isEqualTo("the last line\n");
        assertThat(output(more(previous, "--limit-bytes=20"))).isEqualTo("the first line\n1\n2\n3");
        assertThat(output("logs", "talker", "--all-containers", "--prefix"))
                .contains("[pod/talker/main] the second start\n", "[pod/talker/side] beside\n");
        assertThat(kubectl()
                        .run("", "logs", "talker", "-c", "side", "--previous")
                        .errors())
                .contains("previous terminated container \"side\" in pod \"talker\" not found");
        assertThat(kubectl().run("", "delete", "pod", "talker").code()).isZero();
    }

    /** What a privileged container mounts for others is seen by the host and its neighbour; others may not ask for it. */
    @Test
    void aContainerMountsForOthers() throws Exception {
        Path shared = Files.createDirectories(scratch.resolve("shared"));
        mount("-t", "tmpfs", "shared", shared.toString());
        try {
            mount("--make-shared", shared.toString());
            String manifest = new String(
                    Manifests.resource(
                                    "mounting-pod.yaml",
                                    Map.of("image: box", "image: " + image, "DIR", shared.toString()))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            assertThat(kubectl()
                            .run(manifest.replace("privileged: true", "privileged: false"), "create", "-f", "-")
                            .errors())
                    .contains("spec.containers[0].volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount"
                            + " propagation is available only to privileged containers");
            assertThat(kubectl().run(manifest, "create", "-f", "-").errors()).isEmpty();
            Eventually.within(
                    SOON,
                    "the neighbour sees it",
                    () -> output("logs", "mounter", "-c", "neighbour").equals("of the maker\n"));
            assertThat(shared.resolve("made/file")).hasContent("of the maker");
            assertThat(kubectl().run("", "delete", "pod", "mounter").code()).isZero();
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(shared + "/made");
        } finally {
            new ProcessBuilder("umount", "--recursive", shared.toString())
                    .start()
                    .waitFor();
        }
    }

    private static void mount(String... words) throws Exception {
        Process mount = new ProcessBuilder(more(new String[] {"mount"}, words)).start();
        assertThat(mount.waitFor()).isZero();
    }

    private static String[] more(String[] words, String... others) {
        return Stream.concat(Arrays.stream(words), Arrays.stream(others)).toArray(String[]::new);
    }
}
