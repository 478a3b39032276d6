package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.logs.ContainerLog;
import dev.waybill.node.logs.LogOptions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logs of a real container are rotated while it writes, by a node that keeps 4 files of 64 KiB each. */
@Timeout(600)
class LogKeeperIT extends ContainersOnANode {
    private List<String> files() throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("node/pods/uid-web/logs/c0"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void nothingIsLostWhileAContainerWritesAndSomebodyFollows() throws Exception {
        // 3,000 lines of 45 bytes in the log, with a rest in between so that rotations fall among them.
        String script = "i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); [ $((i % 100)) -ne 0 ] || sleep 0.1; done;"
                + " exec sleep 60";
        bench.assign("web", "{}", """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "%s"]}""".formatted(script));
        bench.events().await("started", "web/c0");
        Path log = directory.resolve("node/pods/uid-web/logs/c0/0.log");
        ByteArrayOutputStream followed = new ByteArrayOutputStream();
        Thread follower = Thread.ofPlatform().start(() -> {
            try {
                LogOptions options = LogOptions.parse(Map.of("follow", "true"), Instant.now());
                ContainerLog.copy(log, options, () -> !text(followed).endsWith("\n2999\n"), followed);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        while (follower.isAlive()) {
            bench.agent().keepLogs();
            follower.join(Duration.ofMillis(200));
        }
        String all = String.join(
                        "\n",
                        IntStream.range(0, 3_000).mapToObj(Integer::toString).toList()) + "\n";
        assertThat(text(followed)).isEqualTo(all);
        assertThat(files().size()).isBetween(2, 4);
        assertThat(files())
                .filteredOn(name -> name.matches("0\\.log\\.\\d{8}-\\d{6}"))
                .isNotEmpty();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        ContainerLog.copy(log, LogOptions.parse(Map.of(), Instant.now()), () -> false, whole);
        assertThat(text(whole)).isEqualTo(all);
    }

    private static String text(ByteArrayOutputStream out) {
        return out.toString(StandardCharsets.UTF_8);
    }
}
