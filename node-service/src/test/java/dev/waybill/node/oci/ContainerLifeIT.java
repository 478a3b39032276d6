package dev.waybill.node.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.network.HostNetwork;
import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.storage.OverlayRoot;
import dev.waybill.node.storage.Trees;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.ShellLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One container through the real kernel, crun, conmon and CNI. */
class ContainerLifeIT {
    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private final String podGroup = "/waybill-it-" + tag + "/burstable/podx";
    private final String group = podGroup + "/main";
    private final Cgroups cgroups = Cgroups.detect();
    private final String id = tag.repeat(8);
    private Path directory;
    private OciRuntime runtime;
    private CniNetwork network;
    private HostNetwork hostNetwork;
    private JsonNode address;

    @BeforeEach
    void prepare() throws Exception {
        directory = Files.createTempDirectory("waybill-it-");
        runtime = new OciRuntime("crun", "conmon", directory.resolve("run"), cgroups.hybrid());
        // Notes what the plugin changes on the machine, and puts it back.
        hostNetwork = new HostNetwork(directory.resolve("note"), "wbt" + tag, "10.213.77.0/24");
        network = new CniNetwork(Path.of("/usr/lib/cni"), directory.resolve("cni"), "wbt" + tag, "10.213.77.0/24");
        ShellLayer.make(directory.resolve("layer"));
    }

    @AfterEach
    void cleanUp() {
        runtime.delete(id);
        OverlayRoot.unmount(directory.resolve("bundle"));
        if (address != null) {
            network.delete(id, directory.resolve("ns/net"), List.of(), address);
            Command.run(List.of("ip", "link", "delete", network.bridge()));
        }
        hostNetwork.restore();
        PodNamespaces.remove(directory.resolve("ns"));
        cgroups.remove("/waybill-it-" + tag);
        Trees.delete(directory);
    }

    private int create(String script, String memory) throws Exception {
        PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"containers": [{"name": "main", "image": "app:1", "command": ["/bin/sh", "-c", "x"],
                   "resources": {"limits": {"cpu": "500m", "memory": "%s"}, "requests": {"cpu": "250m"}}}]}}""".formatted(memory)));
        ContainerSpec container = pod.containers().getFirst();
        CgroupLimits limits = CgroupLimits.ofContainer(container.resources(), 100);
        cgroups.create(podGroup, CgroupLimits.ofPod(pod, 100));
        PodNamespaces.create(directory.resolve("ns"), pod.hostName().ofKernel(), true, true);
        Path bundle = directory.resolve("bundle");
        Path root = OverlayRoot.mount(bundle, List.of(directory.resolve("layer").toString()));
        ImageConfig image = ImageConfig.parse("{}");
        OciSpec.Setup setup = new OciSpec.Setup(
                pod,
                container,
                image,
                ProcessUser.resolve("", root),
                List.of("/bin/sh", "-c", script),
                OciSpec.baseEnv(image, pod.hostName().ofKernel(), "/root", false),
                List.of(),
                root,
                directory.resolve("ns"),
                null,
                group,
                new ContainerLimits(limits, List.of(), List.of(), Map.of(), 0, 0),
                true,
                HostLimits.detect(),
                Confinement.NONE);
        Files.writeString(bundle.resolve("config.json"), OciSpec.write(setup).toString());
        int pid = runtime.create(id, bundle, directory.resolve("log"), ContainerSpec.Stdin.NONE, false);
        Map<String, String> read = cgroups.apply(group, limits);
        assertThat(read).isNotEmpty();
        return pid;
    }

    private ExitFiles.Exit awaitExit(CompletableFuture<String> exited) throws Exception {
        assertThat(exited.get(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(id);
        Optional<ExitFiles.Exit> exit = ExitFiles.read(runtime.exits(), id);
        assertThat(exit).isPresent();
        return exit.get();
    }

    @Test
    void limitsLogExitCodeAndNetwork() throws Exception {
        CompletableFuture<String> exited = new CompletableFuture<>();
        try (ExitFiles _ = new ExitFiles(runtime.exits(), exited::complete)) {
            Instant begun = Instant.now();
            int pid = create("echo hello; exit 3", "64Mi");
            hostNetwork.prepare();
            address = network.connect(id, directory.resolve("ns/net"));
            assertThat(CniNetwork.address(address)).startsWith("10.213.77.");
            assertThat(ProcessHandle.of(pid)).isPresent();
            assertThat(runtime.find(id)).map(OciRuntime.Found::status).hasValue("created");
            runtime.start(id);
            System.out.println("created and started with network in "
                    + Duration.between(begun, Instant.now()).toMillis() + " ms");
            assertThat(awaitExit(exited).code()).isEqualTo(3);
        }
        assertThat(Files.readString(directory.resolve("log"))).contains(" stdout F hello");
        assertThat(cgroups.oomKills(group)).isZero();
        runtime.delete(id);
        assertThat(runtime.find(id)).isEmpty();
        assertThat(cgroups.children(podGroup)).isEmpty();
    }

    @Test
    void oomKillIsSeenBeforeDelete() throws Exception {
        CompletableFuture<String> exited = new CompletableFuture<>();
        try (ExitFiles _ = new ExitFiles(runtime.exits(), exited::complete)) {
            create("exec tail /dev/zero", "16Mi");
            runtime.start(id);
            assertThat(awaitExit(exited).code()).isEqualTo(137);
        }
        assertThat(cgroups.oomKills(group)).isPositive();
        assertThat(Path.of("oom")).as("a file where the agent was started").doesNotExist();
    }

    @Test
    void aSecondRuntimeObjectFindsTheRunningContainerAndKillsIt() throws Exception {
        CompletableFuture<String> exited = new CompletableFuture<>();
        int pid = create("exec sleep 60", "64Mi");
        runtime.start(id);
        OciRuntime next = new OciRuntime("crun", "conmon", directory.resolve("run"), cgroups.hybrid());
        assertThat(next.find(id)).hasValueSatisfying(found -> {
            assertThat(found.status()).isEqualTo("running");
            assertThat(found.pid()).isEqualTo(pid);
        });
        assertThat(cgroups.usage(group).pids()).isEqualTo(1);
        try (ExitFiles _ = new ExitFiles(next.exits(), exited::complete)) {
            next.kill(id, 9);
            assertThat(awaitExit(exited).code()).isEqualTo(137);
        }
    }
}
