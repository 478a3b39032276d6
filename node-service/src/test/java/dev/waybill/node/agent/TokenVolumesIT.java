package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.token.AccountToken;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tokens as a real container sees them; here they live for seconds. */
@Timeout(600)
class TokenVolumesIT {
    private static final int LIFE_SECONDS = 3;

    @TempDir
    Path directory;

    private final AtomicInteger issued = new AtomicInteger();
    private final AtomicBoolean refused = new AtomicBoolean();
    private NodeBench bench;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        bench = new NodeBench(directory, "overlay", wish -> {
            if (refused.get()) {
                throw new ContainerConfigException("failed to fetch token: not today");
            }
            Instant now = Instant.now();
            return new AccountToken(
                    wish.account() + "-" + issued.incrementAndGet(), now, now.plusSeconds(LIFE_SECONDS));
        });
    }

    @AfterEach
    void end() {
        if (bench != null) {
            bench.close();
        }
    }

    private void assign(String script) {
        bench.assignPod("web", """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 1, "restartPolicy": "Never",
                 "serviceAccountName": "seller",
                 "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
                 "containers": [{"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                   "terminationMessagePolicy": "FallbackToLogsOnError",
                   "command": ["/bin/sh", "-c", "%s"],
                   "volumeMounts": [{"name": "t", "mountPath": "/t", "readOnly": true}]}]}""".formatted(script));
    }

    @Test
    void aTokenIsReplacedWhileTheContainerRuns() throws Exception {
        assign("read first < /t/token; now=$first; "
                + "while [ $now = $first ]; do sleep 0.1; read now < /t/token; done; echo $first $now; exit 7");
        assertThat(bench.events().await("status", "\"exitCode\":7")).containsPattern("seller-1 seller-[2-9]");
    }

    @Test
    void aPodWithoutItsTokenWaitsAndSaysSo() throws Exception {
        refused.set(true);
        assign("exit 7");
        assertThat(bench.events().await("status", "failed to fetch token"))
                .contains("MountVolume.SetUp failed for volume \\\"t\\\" : failed to fetch token: not today");
        refused.set(false);
        bench.events().await("status", "\"exitCode\":7");
    }
}
