package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.DoomedAgent;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.Programs;
import dev.waybill.node.testing.RecordedEvents;
import dev.waybill.node.testing.Traces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runtime and plugins that fail once or hang: the pod comes to run all the same, and nothing of the attempt is left. */
@Timeout(600)
class ProgramFaultsIT {
    /** A program that hangs is killed after a minute, and what it was to do is tried again. */
    private static final Duration LONG = Duration.ofMinutes(4);

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
        new Traces(directory, tag).assertNone();
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
        endsAndIsForgotten();
    }

    @Test
    void aPluginThatHangsIsKilledAndRunAgain() throws Exception {
        programs.order("hang", "bridge ADD");
        DoomedAgent.assign(bench, "web", false);
        bench.events().await(LONG, "status", "web", "\"phase\":\"Running\"");
        assertRuns();
    }

    @Test
    void aRuntimeThatHangsIsKilledWithItsShimAndRunAgain() throws Exception {
        programs.order("hang", "create");
        DoomedAgent.assign(bench, "web", false);
        bench.events().await(LONG, "status", "web", "\"phase\":\"Running\"");
        assertRuns();
    }

    private void endsAndIsForgotten() throws Exception {
        DoomedAgent.assign(bench, "web", true);
        bench.events().await(LONG, "terminated", "web");
        bench.unassign("web");
        Eventually.holds(LONG, "pod gone", () -> !Files.exists(directory.resolve("node/pods/uid-web")));
        assertThat(programs.withdraw()).as("an order that nobody carried out").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"bridge DEL", "kill"})
    void anEndThatHangsIsTriedAgain(String which) throws Exception {
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        programs.order("hang", which);
        endsAndIsForgotten();
    }

    @Test
    void aStartThatHangsIsKilledAndTheContainerIsStartedOnce() throws Exception {
        programs.order("hang", "start");
        DoomedAgent.assign(bench, "web", false);
        bench.events().await(LONG, "status", "web", "\"phase\":\"Running\"");
        assertRuns();
        endsAndIsForgotten();
    }

    private ProcessHandle shim() throws Exception {
        return ProcessHandle.of(Long.parseLong(
                        Files.readString(bench.podDirectory("web").resolve("containers/c0/0/conmon-pid"))
                                .strip()))
                .orElseThrow();
    }

    /** Nobody reads what it writes, nor learns how it ends: it is ended, told as by a kubelet, and started again. */
    @Test
    void aContainerWhoseShimIsKilledIsEndedAndStartedAgain() throws Exception {
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        int pid = bench.pid("web", "c0");
        bench.events().clear();
        ProcessHandle shim = shim();
        shim.destroyForcibly();
        bench.events().await("exited", "web/c0", "ContainerStatusUnknown");
        bench.events().await("started", "web/c0");
        assertThat(bench.pid("web", "c0")).isNotEqualTo(pid);
        assertThat(ProcessHandle.of(pid)).as("the old process").isEmpty();
        bench.events()
                .await(
                        "status",
                        "\"restartCount\":1",
                        "\"reason\":\"ContainerStatusUnknown\"",
                        "\"exitCode\":137",
                        "The container could not be located when the pod was terminated");
        endsAndIsForgotten();
    }

    /** What ends while no agent looks is told by the next one. */
    @Test
    void anEndWhileTheAgentIsAwayIsTold() throws Exception {
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        ProcessHandle process = ProcessHandle.of(bench.pid("web", "c0")).orElseThrow();
        bench.leave();
        bench.events().clear();
        process.destroyForcibly();
        process.onExit().get();
        bench.replaceAgent();
        bench.events().await("exited", "web/c0");
        bench.events().await("started", "web/c0");
        assertThat(bench.events().lines().stream().filter(line -> line.startsWith("exited")))
                .hasSize(1);
        endsAndIsForgotten();
    }

    /** A shim that is stopped can tell of no exit; the agent sees for itself that the process is gone. */
    @Test
    void aShimThatHangsHidesNoExit() throws Exception {
        DoomedAgent.assign(bench, "web", false);
        assertRuns();
        int pid = bench.pid("web", "c0");
        ProcessHandle shim = shim();
        Command.run(List.of("kill", "-STOP", Long.toString(shim.pid())));
        bench.events().clear();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        bench.events().await(LONG, "exited", "web/c0");
        bench.events().await(LONG, "started", "web/c0");
        assertThat(bench.pid("web", "c0")).isNotEqualTo(pid);
        endsAndIsForgotten();
    }
}
