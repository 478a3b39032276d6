package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.standalone.cli.ImageCommand;
import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code waybill image} beside a system that runs, with images and archives of other tools; and private images. */
@Timeout(600)
class ImageCommandsIT {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String IMPORTED = "images.test/story/box:1";
    private static final String NOT_CHECKED = "--src-tls-verify=false";

    /** A user "pull" with the password "secret". */
    private static final String PASSWORDS = "pull:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    private static StandaloneProcess waybill;
    private static LoopbackRegistry registry;
    private static LoopbackRegistry closed;
    private static Path scratch;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        assumeTrue(Files.exists(BusyboxImage.BUSYBOX), "needs busybox-static");
        assumeTrue(Commands.present("skopeo"), "needs skopeo");
        scratch = Repository.scratch("image-commands");
        registry = LoopbackRegistry.start(scratch);
        closed = LoopbackRegistry.startClosed(scratch, Files.writeString(scratch.resolve("htpasswd"), PASSWORDS));
        BusyboxImage.push(registry.host() + "/story/box:1", scratch);
        waybill = StandaloneProcess.start(scratch);
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable each : Arrays.asList(waybill, registry, closed)) {
            close(each);
        }
    }

    @Test
    void anImportedImageIsRunShownExportedAndRemoved() throws Exception {
        Path archive = scratch.resolve("box.tar");
        skopeo("copy", NOT_CHECKED, "docker://" + registry.host() + "/story/box:1", "docker-archive:" + archive);
        assertThat(image("import", archive.toString(), "--name", IMPORTED)).contains(IMPORTED);
        pod("imported", IMPORTED, "Never", "");
        ready("imported");
        assertThat(image("ls")).containsPattern("images\\.test/story/box:1 .*[1-9]\\d*\\.\\d MB .* 1 pod\n");
        JsonNode about = inspected(IMPORTED);
        assertThat(about.path("usedByPods").size()).isEqualTo(1);
        assertThat(about.path("config").path("config").path("Entrypoint").get(0).asString(""))
                .isEqualTo("/bin/busybox");
        assertThat(image("df")).containsPattern("images +[1-9]").contains("layers, each once");
        exportsAreReadBack(about.path("id").asString(""));
        assertThat(image("fsck")).contains("no damage found");
        Eventually.within(SOON, "the node tells of it", () -> imagesOfTheNode().contains(IMPORTED));
        assertThat(sizeOnTheNode(IMPORTED)).isEqualTo(about.path("sizeBytes").asLong(0));

        Commands.Ended refused = run("rm", IMPORTED);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.output()).contains("use").doesNotContain("at dev.waybill");
        delete("imported");
        Eventually.within(SOON, "it can be removed", () -> run("rm", IMPORTED).code() == 0);
        assertThat(image("ls")).doesNotContain(IMPORTED);
        Eventually.within(
                SOON, "the node tells of it no more", () -> !imagesOfTheNode().contains(IMPORTED));
        pod("removed", IMPORTED, "Never", "");
        Eventually.within(SOON, "it never pulls", () -> waitingFor("removed").contains("ErrImageNeverPull"));
        delete("removed");
    }

    private void exportsAreReadBack(String id) throws Exception {
        Path oci = scratch.resolve("exported.oci");
        Path docker = scratch.resolve("exported.tar");
        image("export", IMPORTED, "-o", oci.toString());
        image("export", IMPORTED, "-o", docker.toString(), "--format", "docker");
        assertThat(skopeo("inspect", "--raw", "oci-archive:" + oci)).contains(id);
        assertThat(skopeo("inspect", "docker-archive:" + docker)).contains("Layers");
        // a copy reads every byte and compares it with its digest
        skopeo("copy", "oci-archive:" + oci, "dir:" + scratch.resolve("from-oci"));
        skopeo("copy", "docker-archive:" + docker, "dir:" + scratch.resolve("from-docker"));
        assertThat(scratch.resolve("from-oci").resolve(id.substring("sha256:".length())))
                .exists();
        assertThat(scratch.resolve("from-docker").resolve(id.substring("sha256:".length())))
                .exists();
    }

    @Test
    void damageIsFoundDroppedAndHealedByTheNextPull() throws Exception {
        String reference = registry.host() + "/story/heals:1";
        MachineImage.push(reference, "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n", scratch);
        pod("heals", reference, "IfNotPresent", "");
        ready("heals");
        delete("heals");
        Eventually.within(
                SOON,
                "no pod uses it",
                () -> inspected(reference).path("usedByPods").isEmpty());
        Path layer = Path.of(inspected(reference).path("layerPaths").get(0).asString(""));
        damage(layer);

        Commands.Ended dry = run("fsck", "--dry-run");
        assertThat(dry.code()).isEqualTo(1);
        assertThat(dry.output()).contains("is damaged").contains("nothing was changed");
        Commands.Ended healed = run("fsck");
        assertThat(healed.code()).isEqualTo(1);
        assertThat(healed.output()).contains(reference).contains("damaged layers were dropped");
        assertThat(layer).doesNotExist();

        pod("heals", reference, "IfNotPresent", "");
        ready("heals");
        assertThat(layer).exists();
        assertThat(image("fsck")).contains("no damage found");
        delete("heals");
    }

    /** One bit of one file, whose size and times stay as they were. */
    private static void damage(Path layer) throws Exception {
        try (Stream<Path> files = Files.walk(layer)) {
            Path file = files.filter(Files::isRegularFile)
                    .filter(path -> !Files.isSymbolicLink(path) && path.toFile().length() > 0)
                    .findFirst()
                    .orElseThrow();
            FileTime time = Files.getLastModifiedTime(file);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
            Files.setLastModifiedTime(file, time);
        }
    }

    @Test
    void aPrivateImageNeedsAPullSecret() throws Exception {
        String reference = closed.host() + "/story/box:1";
        pod("nobody", reference, "Always", "");
        Set<String> reasons = new HashSet<>();
        Eventually.within(SOON, "it is refused, again and again", () -> {
            reasons.add(waitingFor("nobody"));
            return reasons.stream().anyMatch(reason -> reason.startsWith("ImagePullBackOff"));
        });
        assertThat(reasons).anyMatch(reason -> reason.startsWith("ErrImagePull") && reason.contains("401"));
        apply(secret("right", "secret"));
        apply(secret("wrong", "guessed"));
        pod("wrong", reference, "Always", "imagePullSecrets: [{name: wrong}]");
        Eventually.within(SOON, "it is refused", () -> waitingFor("wrong").startsWith("ErrImagePull"));
        pod("of-the-pod", reference, "Always", "imagePullSecrets: [{name: right}]");
        ready("of-the-pod");
        apply("""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: puller}
                imagePullSecrets: [{name: right}]
                """);
        pod("of-the-account", reference, "Always", "serviceAccountName: puller");
        ready("of-the-account");
        assertThat(waitingFor("nobody"))
                .as("what others may pull is not this one's")
                .contains("Pull");
        for (String name : List.of("nobody", "wrong", "of-the-pod", "of-the-account")) {
            delete(name);
        }
    }

    private static String secret(String name, String password) {
        String config =
                "{\"auths\":{\"" + closed.host() + "\":{\"username\":\"pull\",\"password\":\"" + password + "\"}}}";
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: %s}
                type: kubernetes.io/dockerconfigjson
                data: {".dockerconfigjson": %s}
                """.formatted(name, Base64.getEncoder().encodeToString(config.getBytes(StandardCharsets.UTF_8)));
    }

    private static void pod(String name, String image, String policy, String more) {
        apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 1
                  %s
                  containers:
                  - {name: main, image: "%s", imagePullPolicy: %s}
                """.formatted(name, more, image, policy));
    }

    private static void apply(String manifest) {
        try (KubernetesClient client = waybill.client()) {
            client.load(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)))
                    .inNamespace("default")
                    .create();
        }
    }

    private static void ready(String pod) {
        try (KubernetesClient client = waybill.client()) {
            client.pods().inNamespace("default").withName(pod).waitUntilReady(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void delete(String pod) throws InterruptedException {
        try (KubernetesClient client = waybill.client()) {
            client.pods().inNamespace("default").withName(pod).delete();
            Eventually.within(
                    SOON,
                    pod + " is gone",
                    () -> client.pods().inNamespace("default").withName(pod).get() == null);
        }
    }

    /** What a pod's container waits for: the reason and the message. */
    private static String waitingFor(String pod) {
        try (KubernetesClient client = waybill.client()) {
            for (ContainerStatus status : client.pods()
                    .inNamespace("default")
                    .withName(pod)
                    .get()
                    .getStatus()
                    .getContainerStatuses()) {
                if (status.getState().getWaiting() != null) {
                    return status.getState().getWaiting().getReason() + ": "
                            + status.getState().getWaiting().getMessage();
                }
            }
            return "";
        }
    }

    private static String imagesOfTheNode() throws Exception {
        String tool = StreamingIT.clients().findFirst().orElse("kubectl");
        assumeTrue(Commands.present(tool) || Files.isExecutable(Path.of(tool)), "needs kubectl");
        Kubectl.Ended ended = new Kubectl(tool, waybill.kubeconfig(), scratch)
                .run("", "get", "nodes", "-o", "jsonpath={.items[0].status.images}");
        assertThat(ended.code()).as(ended.errors()).isZero();
        return ended.output();
    }

    private static long sizeOnTheNode(String reference) throws Exception {
        for (JsonNode image : JsonMapper.shared().readTree(imagesOfTheNode())) {
            if (image.path("names").toString().contains("\"" + reference + "\"")) {
                return image.path("sizeBytes").asLong(0);
            }
        }
        return -1;
    }

    private static JsonNode inspected(String reference) throws Exception {
        return JsonMapper.shared().readTree(image("inspect", reference));
    }

    /** A command that must succeed. */
    private static String image(String... arguments) throws Exception {
        Commands.Ended ended = run(arguments);
        assertThat(ended.code()).as(ended.output()).isZero();
        return ended.output();
    }

    /** As the launcher runs it. */
    private static Commands.Ended run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dlogback.configurationFile=logback-cli.xml",
                "-cp",
                System.getProperty("java.class.path"),
                ImageCommand.class.getName(),
                "--data",
                waybill.data().toString()));
        command.addAll(List.of(arguments));
        return Commands.run(scratch, Map.of(), command.toArray(String[]::new));
    }

    private static String skopeo(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy"));
        command.addAll(List.of(arguments));
        return Commands.output(command.toArray(String[]::new));
    }

    private static void close(AutoCloseable each) {
        try {
            if (each != null) {
                each.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
