package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Containers whose root is a tree of its own, without a mount. */
@Timeout(600)
class TreeRootsIT {
    @TempDir
    Path directory;

    @Test
    void containersRunAndWriteEachOnAVfsRootOfItsOwn() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        try (NodeBench bench = new NodeBench(directory, "vfs")) {
            String container = """
                    {"name": "%s", "image": "app:1", "imagePullPolicy": "IfNotPresent", "command":
                     ["/bin/sh", "-c", "[ ! -e /tmp/seen ] || exit 9; echo x > /tmp/seen; exec sleep 60"]}""";
            bench.assign("web", "{}", container.formatted("c0") + "," + container.formatted("c1"));
            bench.events().await("started", "web/c0");
            bench.events().await("started", "web/c1");
            Eventually.holds(
                    "both have written",
                    () -> roots().filter(root -> Files.exists(root.resolve("tmp/seen")))
                                    .count()
                            == 2);
            assertThat(directory.resolve("layer/tmp/seen")).doesNotExist();
            assertThat(Files.readString(Path.of("/proc/mounts")))
                    .doesNotContain(directory + "/node/pods/uid-web/containers");
        }
        assertThat(roots()).isEmpty();
    }

    private Stream<Path> roots() throws IOException {
        return Stream.of("c0", "c1")
                .map(name -> directory.resolve("node/pods/uid-web/containers/" + name + "/0/rootfs"))
                .filter(Files::exists);
    }
}
