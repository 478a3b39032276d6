package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.standalone.demo.LoopbackRegistry;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;

/** One platform, one registry and one image in it for all the tests of a class; one class at a time. */
abstract class OnePlatform {
    static StandaloneProcess waybill;
    static LoopbackRegistry registry;
    static Path scratch;
    static String image;

    /** Puts an image into the registry. */
    interface Push {
        void push(String reference, Path scratch) throws Exception;
    }

    /** Starts them with an image of busybox. */
    static void begin(String name) throws Exception {
        assumeTrue(Files.exists(BusyboxImage.BUSYBOX), "needs busybox-static");
        assumeTrue(Files.isExecutable(newKubectl()), "needs kubectl: WAYBILL_TOOLS");
        begin(name, BusyboxImage::push);
    }

    static void begin(String name, Push push) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        scratch = Repository.scratch(name);
        registry = LoopbackRegistry.start(scratch);
        image = registry.host() + "/" + name + "/box:1";
        push.push(image, scratch);
        waybill = StandaloneProcess.start(scratch);
    }

    /** Runs the pod {@code box}, which libraries of clients log in to. */
    static void runBox() throws Exception {
        try (KubernetesClient client = waybill.client()) {
            client.load(Manifests.resource("client-pod.yaml", Map.of("image: box", "image: " + image)))
                    .inNamespace("default")
                    .create();
            client.pods().inNamespace("default").withName("box").waitUntilReady(120, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void end() {
        if (waybill != null) {
            waybill.close();
            waybill = null;
        }
        if (registry != null) {
            registry.close();
            registry = null;
        }
    }

    static Path newKubectl() {
        return Path.of(System.getenv().getOrDefault("WAYBILL_TOOLS", "/nowhere"), "kubectl");
    }

    static Kubectl kubectl() throws Exception {
        return kubectl(newKubectl());
    }

    static Kubectl kubectl(Path program) throws Exception {
        return new Kubectl(program.toString(), waybill.kubeconfig(), scratch);
    }

    /** What the newest kubectl prints; it must succeed. */
    static String ok(String input, String... arguments) throws Exception {
        Kubectl.Ended ended = kubectl().run(input, arguments);
        assertThat(ended.code())
                .as(String.join(" ", arguments) + ": " + ended.errors())
                .isZero();
        return ended.output().strip();
    }
}
