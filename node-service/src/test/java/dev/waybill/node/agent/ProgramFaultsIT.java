package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.DoomedAgent;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.Programs;
import dev.waybill.node.testing.RecordedEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runtime and plugins that fail once or hang: the pod comes to run all the same, and nothing of the attempt is left. */
@Timeout(150)
class ProgramFaultsIT {
    @TempDir
    Path directory;

    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private Programs programs;
    private NodeBench bench;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        programs = new Programs(directory.resolve("bin"));
        bench = new NodeBench(directory, "overlay", tag, 0, programs.paths(), new RecordedEvents(), Clock.systemUTC());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (bench == null) {
            return;
        }
        bench.close();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory + "/node");
        assertThat(bench.leftGroups()).isFalse();
        assertThat(Path.of("/sys/class/net/wbt" + tag)).doesNotExist();
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (ProcessHandle.allProcesses().anyMatch(this::ofThisNode)) {
            assertThat(System.nanoTime()).as("processes gone").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private boolean ofThisNode(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .contains(directory + "/node");
        } catch (IOException e) {
            return false;
        }
    }

    private void assertRuns() throws Exception {
        bench.events().await("status", "web", "\"phase\":\"Running\"", "\"ready\":true");
        assertThat(bench.read("pids", "/guaranteed/poduid-web/c0/cgroup.procs").lines())
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"bridge ADD", "portmap ADD", "start"})
    void whatFailedOnceIsTriedAgain(String which) throws Exception {
        programs.order("fail", which);
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        assertThat(programs.withdraw()).as("an order that nobody carried out").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"bridge DEL", "portmap DEL", "kill", "delete"})
    void anEndThatFailedOnceIsTriedAgain(String which) throws Exception {
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        programs.order("fail", which);
        DoomedAgent.assign(bench, "web", true);
        bench.events().await("terminated", "web");
        bench.unassign("web");
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (Files.exists(directory.resolve("node/pods/uid-web"))) {
            assertThat(System.nanoTime()).as("pod gone").isLessThan(deadline);
            Thread.sleep(20);
        }
        assertThat(programs.withdraw()).as("an order that nobody carried out").isFalse();
    }

    @Test
    void aPluginThatHangsIsKilledAndRunAgain() throws Exception {
        programs.order("hang", "bridge ADD");
        DoomedAgent.assign(bench, "web", false);
        bench.events().await(Duration.ofSeconds(60), "status", "web", "\"phase\":\"Running\"");
        assertRuns();
    }

    @Test
    void aRuntimeThatHangsIsKilledWithItsShimAndRunAgain() throws Exception {
        programs.order("hang", "create");
        DoomedAgent.assign(bench, "web", false);
        bench.events().await(Duration.ofSeconds(100), "status", "web", "\"phase\":\"Running\"");
        assertRuns();
    }
}
