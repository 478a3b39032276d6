package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.DoomedAgent;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.Programs;
import dev.waybill.node.testing.RecordedEvents;
import dev.waybill.node.testing.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent that is killed at every program that it runs, before and after it, and at looks at the clock and events in
 * between. The next agent brings the pod to where it should be, and when it is deleted nothing of it is left.
 */
@Timeout(1800)
class AgentCrashIT {
    private static final int EVERY = 4;

    @TempDir
    Path directory;

    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private Programs programs;
    private int pods;

    @BeforeEach
    void prepare() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        programs = new Programs(directory.resolve("bin"));
    }

    private NodeBench next() throws IOException {
        return new NodeBench(directory, "overlay", tag, 1, programs.paths(), new RecordedEvents(), Clock.systemUTC());
    }

    /** How many points it came by; -1 when it was killed. */
    private int doomed(String pod, String what, int point) throws Exception {
        Path output = directory.resolve("doomed.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedAgent.class.getName(),
                        directory.toString(),
                        tag,
                        pod,
                        what,
                        Integer.toString(point))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS))
                .as(what + " point " + point)
                .isTrue();
        String text = Files.readString(output);
        if (process.exitValue() == 137) {
            return -1;
        }
        assertThat(process.exitValue()).as(text).isZero();
        return Integer.parseInt(text.replaceAll("(?s).*points (\\d+)\\s*", "$1"));
    }

    private interface Crash {
        /** True when there was such a point. */
        boolean at(String pod) throws Exception;
    }

    private boolean atProgram(String pod, String what, String how, int number) throws Exception {
        programs.order(how, Integer.toString(number));
        programs.countAnew();
        int ended = doomed(pod, what, 0);
        boolean done = !programs.withdraw();
        assertThat(done).as("killed").isEqualTo(ended < 0);
        return done;
    }

    @Test
    void whileAPodStarts() throws Exception {
        everywhere("start", _ -> {}, (agent, pod) -> {
            DoomedAgent.assign(agent, pod, false);
            assertRunsOnce(agent, pod);
        });
    }

    @Test
    void whileAPodEnds() throws Exception {
        everywhere("end", pod -> assertThat(doomed(pod, "start", 0)).isPositive(), (_, _) -> {});
    }

    private interface Before {
        void prepare(String pod) throws Exception;
    }

    private interface After {
        void check(NodeBench agent, String pod) throws Exception;
    }

    /** Crashes at the first point, the next, and so on, until an agent comes by all of them and is not killed. */
    private void everywhere(String what, Before before, After after) throws Exception {
        int programRuns = until(1, number -> crash(what, before, after, pod -> atProgram(pod, what, "before", number)));
        until(1, number -> crash(what, before, after, pod -> atProgram(pod, what, "after", number)));
        int points = until(EVERY, point -> crash(what, before, after, pod -> doomed(pod, what, point) < 0));
        System.out.println(what + ": killed before and after " + programRuns + " programs, and at " + points
                + " points in between");
        assertThat(programRuns).isGreaterThanOrEqualTo(3);
        assertThat(points).isGreaterThanOrEqualTo(3);
    }

    private interface Trial {
        boolean killedAt(int number) throws Exception;
    }

    private static int until(int step, Trial trial) throws Exception {
        int crashes = 0;
        while (trial.killedAt(1 + crashes * step)) {
            crashes++;
        }
        return crashes;
    }

    private boolean crash(String what, Before before, After after, Crash crash) throws Exception {
        String pod = "web" + pods++;
        before.prepare(pod);
        boolean killed = crash.at(pod);
        try (NodeBench agent = next()) {
            if (what.equals("start") || Files.exists(directory.resolve("node/pods/uid-" + pod))) {
                after.check(agent, pod);
                delete(agent, pod);
            }
        }
        new Traces(directory, tag).assertForgotten();
        return killed;
    }

    private static void assertRunsOnce(NodeBench agent, String pod) throws Exception {
        String status =
                agent.events().await("status", "status " + pod + " ", "\"phase\":\"Running\"", "\"ready\":true");
        assertThat(status).contains("\"podIP\":\"10.213.79.", "\"restartCount\":0");
        assertThat(agent.read("pids", "/guaranteed/poduid-" + pod + "/c0/cgroup.procs")
                        .lines())
                .hasSize(1);
    }

    private void delete(NodeBench agent, String pod) throws Exception {
        DoomedAgent.assign(agent, pod, true);
        agent.unassign(pod);
        Eventually.holds("pod " + pod + " gone", () -> !Files.exists(directory.resolve("node/pods/uid-" + pod)));
    }
}
