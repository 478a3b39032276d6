package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.storage.Trees;
import dev.waybill.node.testing.DoomedAgent;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.LoopFileSystem;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.Programs;
import dev.waybill.node.testing.RecordedEvents;
import dev.waybill.node.testing.SetClock;
import dev.waybill.node.testing.ShellLayer;
import dev.waybill.node.testing.Traces;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the machine may do to a node: a disk that is full, an image that somebody removed, a clock that is set. */
@Timeout(600)
class HostFaultsIT {
    /** A clock that counted would be wrong by hours, or not let anything wait at all; a busy machine is late by less. */
    private static final Duration LATE = Duration.ofMinutes(1);

    /** Of 3 s, as far as two clocks agree. */
    private static final Duration GRACE = Duration.ofMillis(2_900);

    @TempDir
    Path directory;

    private final String tag = UUID.randomUUID().toString().substring(0, 8);

    @BeforeEach
    void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
    }

    /** Writes until nothing fits any more, not even a name. */
    private static void fill(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (int size = 1 << 20; size > 0; size /= 16) {
            byte[] block = new byte[size];
            try (OutputStream out = Files.newOutputStream(directory.resolve("filler-" + size))) {
                while (true) {
                    out.write(block);
                }
            } catch (IOException e) {
                // full, for pieces of this size
            }
        }
    }

    private static String pid(NodeBench bench, String pod) throws IOException {
        return bench.read("pids", "/guaranteed/poduid-" + pod + "/c0/cgroup.procs")
                .lines()
                .findFirst()
                .orElse("");
    }

    @Test
    void onAFullDiskPodsRunOnAndNewOnesComeWhenThereIsRoom() throws Exception {
        try (LoopFileSystem disk = LoopFileSystem.mount("ext4")) {
            try (NodeBench bench = new NodeBench(disk.root().resolve("data"))) {
                DoomedAgent.assign(bench, "first", false);
                bench.events().await("status", "status first", "\"phase\":\"Running\"");
                String pid = pid(bench, "first");
                fill(disk.root().resolve("full"));
                DoomedAgent.assignWithoutPorts(bench, "second");
                // Its first decision cannot be saved, so nothing of it happens.
                Eventually.holds(
                        "looked at",
                        () -> Files.isDirectory(disk.root().resolve("data/node/pods/uid-second"))
                                || bench.agent().find("shop", "second").isPresent());
                assertThat(bench.events().lines()).noneMatch(line -> line.startsWith("started second"));
                assertThat(pid(bench, "first")).isEqualTo(pid);
                Trees.delete(disk.root().resolve("full"));
                bench.events().await("status", "status second", "\"phase\":\"Running\"");
                assertThat(pid(bench, "first")).isEqualTo(pid);
            }
        }
    }

    @Test
    void anImageThatIsGoneIsAskedForAgain() throws Exception {
        try (NodeBench bench = new NodeBench(directory)) {
            Path layer = directory.resolve("layer");
            // The first answer is about layers that somebody removes before they are used.
            AtomicInteger answers = new AtomicInteger();
            bench.answerImagesWith(() -> {
                if (answers.getAndIncrement() == 0) {
                    Trees.delete(layer);
                } else if (!Files.exists(layer)) {
                    ShellLayer.make(layer);
                }
            });
            DoomedAgent.assign(bench, "web", false);
            bench.events().await("status", "status web", "CreateContainerError", "is missing");
            bench.events().await("status", "status web", "\"phase\":\"Running\"");
        }
    }

    @Test
    void aClockThatIsSetNeitherShortensNorStretchesAGracePeriod() throws Exception {
        SetClock clock = new SetClock();
        Programs programs = new Programs(directory.resolve("bin"));
        try (NodeBench bench =
                new NodeBench(directory, "overlay", tag, 0, programs.paths(), new RecordedEvents(), clock)) {
            for (Duration by : new Duration[] {Duration.ofHours(-2), Duration.ofHours(2)}) {
                String pod = by.isNegative() ? "back" : "ahead";
                DoomedAgent.assignDeaf(bench, pod, false);
                bench.events().await("status", "status " + pod + " ", "\"phase\":\"Running\"");
                String pid = pid(bench, pod);
                // The clock is set while the signal is still being sent.
                programs.order("slow", "kill");
                long begun = System.nanoTime();
                DoomedAgent.assignDeaf(bench, pod, true);
                Eventually.holds("SIGTERM", () -> Files.exists(directory.resolve("bin/count")) && programs.ran("kill"));
                clock.set(by);
                bench.events().await("exited", pod);
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                assertThat(took).as("grace of 3 s, clock set by " + by).isBetween(GRACE, LATE);
                assertThat(ProcessHandle.of(Long.parseLong(pid))).isEmpty();
                bench.unassign(pod);
                programs.forget();
            }
        }
    }

    /** Three pods wait for something while no agent looks: the end of a grace period, of a back-off, the next probe. */
    @ParameterizedTest
    @CsvSource({"PT-5H", "PT72H"})
    void aClockThatIsSetWhileTheAgentIsAwayChangesNoWaiting(Duration by) throws Exception {
        Traces traces = new Traces(directory, tag);
        SetClock clock = new SetClock();
        Programs programs = new Programs(directory.resolve("bin"));
        try (NodeBench bench =
                new NodeBench(directory, "overlay", tag, 0, programs.paths(), new RecordedEvents(), clock)) {
            DoomedAgent.assignDeaf(bench, "ending", false);
            bench.assignSpec("looping", """
                    {"containers": [{"name": "c0", "image": "app:1", "command": ["/bin/sh", "-c", "exit 3"]}]}""");
            bench.assignSpec("probed", """
                    {"terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "c0", "image": "app:1", "command": ["/bin/sleep", "600"],
                       "readinessProbe": {"exec": {"command": ["/bin/cat", "/tmp/well"]}, "periodSeconds": 1}}]}""");
            bench.events().await("status", "status ending ", "\"phase\":\"Running\"");
            bench.events().await("started", "probed/c0");
            String pid = pid(bench, "ending");
            String probed = Integer.toString(bench.pid("probed", "c0"));
            bench.events().await("status", "status looping ", "CrashLoopBackOff");
            long crashed = System.nanoTime();
            programs.forget();
            long begun = System.nanoTime();
            DoomedAgent.assignDeaf(bench, "ending", true);
            Eventually.holds("SIGTERM", () -> programs.ran("kill"));

            bench.leave();
            bench.events().clear();
            clock.set(by);
            bench.replaceAgent();
            Files.writeString(Path.of("/proc", probed, "root/tmp/well"), "");
            bench.events().await("status", "status probed ", "\"ready\":true", "\"restartCount\":0");
            bench.events().await("exited", "ending");
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("grace of 3 s")
                    .isBetween(GRACE, LATE);
            assertThat(ProcessHandle.of(Long.parseLong(pid))).isEmpty();
            bench.events().await("started", "looping");
            assertThat(Duration.ofNanos(System.nanoTime() - crashed))
                    .as("back-off of 10 s, or 20 s if it had run once more")
                    .isBetween(Duration.ofSeconds(5), LATE);
            assertThat(bench.pid("probed", "c0")).isEqualTo(Integer.parseInt(probed));
        }
        traces.assertNone();
    }
}
