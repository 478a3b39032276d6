package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeKeyTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant SOON = NOW.plusSeconds(120);

    @TempDir
    Path directory;

    private NodeKey cluster;

    @BeforeEach
    void aKey() throws Exception {
        cluster = NodeKey.ensure(directory.resolve("nodes.key"));
    }

    @Test
    void aNodeSaysWhoItIsForAWhile() {
        String credential = cluster.of("node-1").credential("node-1", SOON);
        assertThat(cluster.nodeOf(credential, NOW)).contains("node-1");
        assertThat(cluster.nodeOf(credential, SOON)).as("it has ended").isEmpty();
        assertThat(cluster.nodeOf(credential, NOW.minus(Duration.ofHours(1))))
                .as("nobody asks for a credential of an hour")
                .isEmpty();
    }

    @Test
    void aNodeSpeaksForItselfOnly() {
        assertThat(cluster.nodeOf(cluster.of("node-1").credential("node-2", SOON), NOW))
                .isEmpty();
        String credential = cluster.of("node-1").credential("node-1", SOON);
        String later =
                credential.replace(Long.toString(SOON.getEpochSecond()), Long.toString(SOON.getEpochSecond() + 60));
        assertThat(cluster.nodeOf(later, NOW)).isEmpty();
    }

    @Test
    void whatIsNoCredentialIsRefused() {
        for (String token : new String[] {
            "",
            "a",
            "waybill-node/1.",
            "waybill-node/1..1.",
            "waybill-node/1.!.x.y",
            "waybill-node/1.YQ.99999999999999999.YQ"
        }) {
            assertThat(cluster.nodeOf(token, NOW)).as(token).isEmpty();
        }
    }
}
