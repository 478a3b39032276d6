package dev.waybill.node.network.cni;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that outlives the agent that started it. */
@Timeout(60)
class StrayPluginsTest {
    @TempDir
    Path directory;

    private CniNetwork network(String node) {
        return new CniNetwork(directory, directory.resolve(node), "wbt0", "10.213.0.0/24");
    }

    /** The next agent of the node waits for it; another node of the machine does not. */
    @Test
    void isWaitedForByItsNode() throws Exception {
        Path plugin = directory.resolve("bridge");
        Files.writeString(plugin, """
                #!/bin/sh
                cd %s
                touch begun
                # as bridge starts host-local
                sh -c 'while [ ! -e go ]; do sleep 0.05; done; sleep 0.5; touch ended' &
                wait
                echo '{}'
                """.formatted(directory));
        Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
        Thread.ofPlatform().daemon().start(() -> network("one").connect("id", directory.resolve("net")));
        while (!Files.exists(directory.resolve("begun"))) {
            Thread.sleep(10);
        }
        network("two").awaitStrays();
        assertThat(directory.resolve("ended")).doesNotExist();
        Files.createFile(directory.resolve("go"));
        network("one").awaitStrays();
        assertThat(directory.resolve("ended")).exists();
    }
}
