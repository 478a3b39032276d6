package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.ShellLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parts of volumes, and mounts that come later, in real containers. */
@Timeout(600)
class MountsIT {
    @TempDir
    Path directory;

    private NodeBench bench;
    private Path volume;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        bench = new NodeBench(directory);
        volume = Files.createDirectories(directory.resolve("volume"));
    }

    @AfterEach
    void end() {
        if (bench != null) {
            bench.close();
        }
    }

    private void assign(String script, String mount) {
        bench.assignPod("web", """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 1, "restartPolicy": "Never",
                 "volumes": [{"name": "v", "hostPath": {"path": "%s", "type": "Directory"}}],
                 "containers": [{"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "terminationMessagePolicy": "FallbackToLogsOnError",
                   "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                   "command": ["/bin/sh", "-c", "%s"],
                   "volumeMounts": [{"name": "v", "mountPath": "/v", %s}]}]}""".formatted(volume, script, mount));
    }

    /** What a part is called may depend on the pod; it is made, is all that is seen, and outlives the container. */
    @Test
    void aContainerSeesItsPartOfAVolumeAndThePartStays() throws Exception {
        Files.writeString(volume.resolve("other"), "not for you");
        assign("echo kept > /v/file; echo * ; echo /v/*; exit 7", "\"subPathExpr\": \"pods/$(POD)\"");
        assertThat(bench.events().await("status", "\"exitCode\":7"))
                .contains("/v/file")
                .doesNotContain("other");
        bench.forget("web");
        while (Files.exists(directory.resolve("node/pods/uid-web"))) {
            Thread.sleep(20); // the test's time limit ends a pod that does not go
        }
        assertThat(volume.resolve("pods/web/file")).hasContent("kept\n");
        assertThat(volume.resolve("other")).hasContent("not for you");
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain("subpaths");
    }

    @Test
    void aFileOfAVolumeCanBeMounted() throws Exception {
        Files.writeString(volume.resolve("one"), "the one\n");
        assign("cat /v; exit 7", "\"subPath\": \"one\", \"readOnly\": true");
        assertThat(bench.events().await("status", "\"exitCode\":7")).contains("the one");
    }

    /** An empty directory on disk that is too large ends its pod for good; a file with a hole is as large as it is. */
    @Test
    void aPodThatFillsItsEmptyDirectoryIsEvicted() throws Exception {
        bench.assignPod("web", """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 60, "restartPolicy": "Always",
                 "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}}],
                 "containers": [{"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "dd if=/dev/zero of=/s/hole bs=1 count=1 seek=9999999; echo made > /s/go;\
                 while [ -e /s/go ]; do sleep 0.1; done; dd if=/dev/zero of=/s/full bs=2000000 count=1; sleep 600"],
                   "volumeMounts": [{"name": "scratch", "mountPath": "/s"}]}]}""");
        bench.events().await("started", "web/c0");
        Path scratch = directory.resolve("node/pods/uid-web/volumes/scratch");
        while (!Files.exists(scratch.resolve("go"))) {
            Thread.sleep(20);
        }
        bench.events().clear();
        assertThat(Files.size(scratch.resolve("hole"))).isEqualTo(10_000_000);
        Files.delete(scratch.resolve("go"));
        assertThat(bench.events().await("status", "\"reason\":\"Evicted\""))
                .contains("Usage of EmptyDir volume \\\"scratch\\\" exceeds the limit \\\"1Mi\\\".")
                .contains("\"phase\":\"Failed\"");
        bench.events().await("exited", "web/c0");
    }

    /** The kubelet's sum: what is written beside volumes, the log and empty directories count together. */
    @Test
    void aPodThatTakesMoreOfTheDiskThanItsContainersMayIsEvicted() throws Exception {
        bench.assignPod("web", """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 60,
                 "volumes": [{"name": "scratch", "emptyDir": {}}],
                 "containers": [
                  {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "dd if=/dev/zero of=/tmp/part bs=1500000 count=1; exec sleep 600"],
                   "resources": {"limits": {"ephemeral-storage": "3Mi"}}},
                  {"name": "c1", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "dd if=/dev/zero of=/s/part bs=1500000 count=1; echo; exec sleep 600"],
                   "volumeMounts": [{"name": "scratch", "mountPath": "/s"}]}]}""");
        bench.events().await("started", "web/c0");
        bench.events().await("started", "web/c1");
        Thread.sleep(Duration.ofSeconds(6)); // more than a round, in which nothing may happen
        assertThat(bench.events().lines()).noneMatch(line -> line.contains("Evicted"));
        bench.run("web", "c1", "/bin/dd", "if=/dev/zero", "of=/s/more", "bs=1500000", "count=1");
        assertThat(bench.events().await("status", "\"reason\":\"Evicted\""))
                .contains("Pod ephemeral local storage usage exceeds the total limit of containers 3Mi.")
                .contains("\"phase\":\"Failed\"");
        bench.events().await("exited", "web/c1");
    }

    /** Of several containers the one that exceeds its own limit is named; its log counts with its files. */
    @Test
    void aContainerThatExceedsItsLimitEndsItsPod() throws Exception {
        bench.assignPod("web", """
                {"hostNetwork": true, "containers": [
                  {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "dd if=/dev/zero of=/tmp/part bs=900000 count=1;\
                 dd if=/dev/zero bs=1000 count=400; exec sleep 600"],
                   "resources": {"limits": {"ephemeral-storage": "1Mi"}}},
                  {"name": "c1", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "exec sleep 600"],
                   "resources": {"limits": {"ephemeral-storage": "10Mi"}}}]}""");
        assertThat(bench.events().await("status", "\"reason\":\"Evicted\""))
                .contains("Container c0 exceeded its local ephemeral storage limit \\\"1Mi\\\".");
    }

    /** A link that a pod left in its volume leads nowhere else, and nothing is made behind it. */
    @Test
    void aLinkOutOfTheVolumeIsRefused() throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Files.createSymbolicLink(volume.resolve("link"), outside);
        assign("exit 0", "\"subPath\": \"link/made\"");
        assertThat(bench.events().await("status", "CreateContainerConfigError"))
                .contains("subPath \\\"link/made\\\" leads out of its volume");
        assertThat(outside.resolve("made")).doesNotExist();
    }

    /** With HostToContainer a container sees what is mounted on the host after it started, and not without. */
    @Test
    void aMountOfTheHostReachesTheContainerThatAsksForIt() throws Exception {
        Command.run(List.of("mount", "-t", "tmpfs", "volume", volume.toString()));
        try {
            Command.run(List.of("mount", "--make-shared", volume.toString()));
            Path late = Files.createDirectories(volume.resolve("late"));
            assign(
                    "while [ ! -e /v/late/file ]; do sleep 0.1; done; exit 7",
                    "\"mountPropagation\": \"HostToContainer\"");
            bench.events().await("started", "web/c0");
            Command.run(List.of("mount", "-t", "tmpfs", "late", late.toString()));
            Files.writeString(late.resolve("file"), "");
            bench.events().await("status", "\"exitCode\":7");
        } finally {
            Command.run(List.of("umount", "--recursive", volume.toString()));
        }
    }

    private void assignMaker(String volumes, String script) throws Exception {
        ShellLayer.addTools(directory.resolve("layer"));
        bench.assignPod("web", """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 10, "volumes": [%s],
                 "containers": [
                  {"name": "maker", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "securityContext": {"privileged": true}, "command": ["/bin/sh", "-c", "%s"],
                   "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]},
                  {"name": "neighbour", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "command": ["/bin/sh", "-c", "while [ ! -e /v/made/file ]; do sleep 0.1; done; cat /v/made/file; exec sleep 600"],
                   "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "HostToContainer"}]}]}""".formatted(volumes, script));
    }

    private void awaitLog(String container, String text) throws Exception {
        Path log = bench.podDirectory("web").resolve("logs/" + container + "/0.log");
        while (!Files.exists(log) || !Files.readString(log).contains(text)) {
            Thread.sleep(20); // the test's time limit ends this
        }
    }

    private static String mounts() throws Exception {
        return Files.readString(Path.of("/proc/self/mounts"));
    }

    /** What a privileged container mounts with Bidirectional is there for the host and for its neighbours. */
    @Test
    void aMountOfAContainerReachesTheHostAndItsNeighbours() throws Exception {
        Command.run(List.of("mount", "-t", "tmpfs", "volume", volume.toString()));
        try {
            Command.run(List.of("mount", "--make-shared", volume.toString()));
            assignMaker("""
                    {"name": "v", "hostPath": {"path": "%s"}}""".formatted(volume), """
                    trap 'umount /v/made; exit 0' TERM; mkdir -p /v/made; mount -t tmpfs made /v/made;\
                     echo of the maker > /v/made/file; echo ready; while :; do sleep 0.1; done""");
            awaitLog("maker", "ready");
            assertThat(volume.resolve("made/file")).hasContent("of the maker\n");
            awaitLog("neighbour", "of the maker");
            bench.deleteLast("web");
            bench.events().await("terminated", "web");
            assertThat(mounts()).as("it was the container's to unmount").doesNotContain(volume + "/made");
        } finally {
            Command.run(List.of("umount", "--recursive", volume.toString()));
        }
    }

    /** What it leaves mounted in a volume that goes with its pod goes first: its content is somebody else's. */
    @Test
    void aMountThatIsLeftInAnEmptyDirectoryGoesWithItsPod() throws Exception {
        Path kept = Files.createDirectories(directory.resolve("kept"));
        Files.writeString(kept.resolve("file"), "kept");
        Path node = directory.resolve("node");
        bench.close();
        bench = null;
        Command.run(List.of("mount", "-t", "tmpfs", "node", node.toString()));
        try {
            Command.run(List.of("mount", "--make-shared", node.toString()));
            bench = new NodeBench(directory);
            assignMaker("{\"name\": \"v\", \"emptyDir\": {}}", """
                    mkdir -p /v/made; mount -t tmpfs made /v/made; echo of the maker > /v/made/file;\
                     echo ready; exec sleep 600""");
            awaitLog("neighbour", "of the maker");
            Path made = bench.podDirectory("web").resolve("volumes/v/made");
            assertThat(mounts()).contains(made.toString());
            Command.run(List.of("mount", "--bind", kept.toString(), made.toString()));
            bench.remove("web");
            while (Files.exists(bench.podDirectory("web"))) {
                Thread.sleep(20); // the test's time limit ends this
            }
            assertThat(mounts()).doesNotContain(made.toString());
            assertThat(kept.resolve("file")).hasContent("kept");
        } finally {
            if (bench != null) {
                bench.close();
                bench = null;
            }
            Command.run(List.of("umount", "--recursive", node.toString()));
        }
    }

    /** In a mount that passes nothing on, a container that wants it does not start, and says why. */
    @Test
    void aVolumeInAPrivateMountCannotPassOnMounts() throws Exception {
        Command.run(List.of("mount", "-t", "tmpfs", "volume", volume.toString()));
        try {
            Command.run(List.of("mount", "--make-private", volume.toString()));
            assign("exit 0", "\"mountPropagation\": \"HostToContainer\"");
            assertThat(bench.events().await("status", "CreateContainerError"))
                    .contains("is mounted on \\\"" + volume + "\\\" but it is not a shared or slave mount");
        } finally {
            bench.close();
            bench = null;
            Command.run(List.of("umount", "--recursive", volume.toString()));
        }
    }
}
