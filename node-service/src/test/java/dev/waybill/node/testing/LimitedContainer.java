package dev.waybill.node.testing;

import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.cgroup.HostDetection;
import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.oci.Confinement;
import dev.waybill.node.oci.ExitFiles;
import dev.waybill.node.oci.HostLimits;
import dev.waybill.node.oci.ImageConfig;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.oci.OciSpec;
import dev.waybill.node.oci.ProcessUser;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.ContainerKnobs;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.storage.OverlayRoot;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** A container that runs a script under limits, in the real kernel and without a network; closed, nothing of it is left. */
public final class LimitedContainer implements AutoCloseable {
    private static final String NONE = "{}";

    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private final String id = tag.repeat(8);
    private final String node;
    private final String podGroup;
    private final Cgroups cgroups = Cgroups.detect();
    private final Path directory;
    private final OciRuntime runtime;
    private final Map<String, String> limits;
    private final int pid;

    private LimitedContainer(String node, String resources, Map<String, String> annotations, String script)
            throws IOException {
        this.node = node.isEmpty() ? "/waybill-it-" + tag : node;
        this.podGroup = this.node + "/burstable/pod" + tag;
        directory = Files.createTempDirectory("waybill-it-");
        runtime = new OciRuntime("crun", "conmon", directory.resolve("run"), cgroups.hybrid());
        try {
            ShellLayer.make(directory.resolve("layer"));
            if (script.contains("perl ")) {
                ShellLayer.addTools(directory.resolve("layer"));
            }
            PodSpec pod = pod(resources, annotations);
            ContainerLimits wanted = resolve(pod);
            cgroups.create(podGroup, CgroupLimits.ofPod(pod, 0, _ -> wanted.cgroup()));
            PodNamespaces.create(directory.resolve("ns"), pod.hostName().ofKernel(), true, true);
            Path bundle = directory.resolve("bundle");
            Path root =
                    OverlayRoot.mount(bundle, List.of(directory.resolve("layer").toString()));
            ImageConfig image = ImageConfig.parse("{}");
            OciSpec.Setup setup = new OciSpec.Setup(
                    pod,
                    pod.containers().getFirst(),
                    image,
                    ProcessUser.resolve("", root),
                    List.of("/bin/sh", "-c", script),
                    OciSpec.baseEnv(image, pod.hostName().ofKernel(), "/root", false),
                    List.of(),
                    root,
                    directory.resolve("ns"),
                    null,
                    group(),
                    wanted,
                    cgroups.limitsSwap(),
                    HostLimits.detect(),
                    Confinement.NONE);
            Files.writeString(
                    bundle.resolve("config.json"), OciSpec.write(setup).toString());
            pid = runtime.create(id, bundle, directory.resolve("log"), ContainerSpec.Stdin.NONE, false);
            limits = cgroups.apply(group(), wanted.cgroup());
            runtime.start(id);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts it; {@code resources} is the container's in JSON. */
    public static LimitedContainer start(String resources, Map<String, String> annotations, String script)
            throws IOException {
        return new LimitedContainer("", resources, annotations, script);
    }

    /** Starts it in another pod of the same node; it must be closed before the first. */
    public static LimitedContainer startBeside(
            LimitedContainer first, String resources, Map<String, String> annotations, String script)
            throws IOException {
        return new LimitedContainer(first.node, resources, annotations, script);
    }

    public static PodSpec pod(String resources, Map<String, String> annotations) {
        return PodParser.parse(
                new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web", "annotations": %s},
                 "spec": {"containers": [{"name": "main", "image": "app:1", "resources": %s}]}}""".formatted(new JsonMapper().writeValueAsString(annotations), resources)));
    }

    public static ContainerLimits resolve(PodSpec pod) {
        HostLimits own = HostLimits.detect();
        ContainerSpec container = pod.containers().getFirst();
        return ContainerKnobs.resolve(
                pod, container, HostDetection.detect(Cgroups.detect(), own.maySetResources(), own.hard()), 0);
    }

    /** Changes the limits while it runs, with a pod group that is wide enough for both. */
    public Map<String, String> change(String resources, Map<String, String> annotations) {
        PodSpec pod = pod(resources, annotations);
        ContainerLimits wanted = resolve(pod);
        cgroups.apply(
                podGroup,
                CgroupLimits.larger(
                        CgroupLimits.ofPod(pod(NONE, Map.of()), 0), CgroupLimits.ofPod(pod, 0, _ -> wanted.cgroup())));
        return cgroups.apply(group(), wanted.cgroup());
    }

    public String podGroup() {
        return podGroup;
    }

    public String group() {
        return podGroup + "/main";
    }

    public Cgroups cgroups() {
        return cgroups;
    }

    /** As they were read back before the process started. */
    public Map<String, String> limits() {
        return limits;
    }

    public int pid() {
        return pid;
    }

    /** Waits for the end and returns the exit code. */
    public int exitCode() throws InterruptedException {
        long deadline = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (true) {
            Optional<ExitFiles.Exit> exit = ExitFiles.read(runtime.exits(), id);
            if (exit.isPresent()) {
                return exit.get().code();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the container did not end: " + output());
            }
            Thread.sleep(20);
        }
    }

    /** Waits until it has written something. */
    public void awaitOutput(String text) throws InterruptedException {
        long deadline = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (!output().contains(text)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the container did not write " + text + ": " + output());
            }
            Thread.sleep(50);
        }
    }

    /** A file that the container sees. */
    public Path inside(String path) {
        return Path.of("/proc/" + pid + "/root" + path);
    }

    /** What it wrote, both streams. */
    public String output() {
        try {
            return Files.readAllLines(directory.resolve("log")).stream()
                    .map(line -> line.substring(line.indexOf(' ', line.indexOf(" std") + 8) + 1))
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        runtime.delete(id);
        OverlayRoot.unmount(directory.resolve("bundle"));
        PodNamespaces.remove(directory.resolve("ns"));
        cgroups.killAll(podGroup);
        cgroups.remove(podGroup);
        cgroups.removeUpwards(podGroup);
        Trees.delete(directory);
    }
}
