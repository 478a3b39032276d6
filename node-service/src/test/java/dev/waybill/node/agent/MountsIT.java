package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.NodeBench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parts of volumes, and mounts that come later, in real containers. */
@Timeout(120)
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
}
