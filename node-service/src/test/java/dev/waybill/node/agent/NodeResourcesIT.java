package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.RecordedEvents;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Resources and annotations of pods on a real node without a broker: set, changed while running, refused, told. */
@Timeout(600)
public class NodeResourcesIT {
    private static final String SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

    @TempDir
    Path directory;

    private NodeBench bench;
    private RecordedEvents events;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        bench = new NodeBench(directory);
        events = bench.events();
    }

    @AfterEach
    void end() {
        if (bench != null) {
            bench.close();
            assertThat(bench.leftGroups()).isFalse();
        }
    }

    private void assign(String name, Map<String, String> annotations, String script, String... resources) {
        JsonMapper json = new JsonMapper();
        StringBuilder containers = new StringBuilder();
        for (int index = 0; index < resources.length; index++) {
            containers.append(index == 0 ? "" : ",").append("""
                    {"name": "c%d", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                     "command": ["/bin/sh", "-c", %s], "resources": %s}""".formatted(
                            index, json.writeValueAsString(script), resources[index]));
        }
        bench.assign(name, json.writeValueAsString(annotations), containers.toString());
    }

    private String read(String controller, String rest) throws Exception {
        return bench.read(controller, rest);
    }

    @Test
    void resourcesAndKnobsChangeWhileTheContainersRun() throws Exception {
        assign(
                "web",
                Map.of("c0.waybill.dev/pids-limit", "50", "c0.waybill.dev/ulimit", "nofile=100:200"),
                SLEEP,
                "{\"limits\": {\"cpu\": \"200m\", \"memory\": \"32Mi\"}}",
                "{\"limits\": {\"cpu\": \"100m\", \"memory\": \"16Mi\"}}");
        assertThat(events.await("started", "web/c0"))
                .contains("pids.max=50", "memory.limit_in_bytes=33554432", "ulimit.nofile=100:200");
        events.await("started", "web/c1");
        String pod = "/guaranteed/poduid-web";
        assertThat(read("memory", pod + "/memory.limit_in_bytes")).isEqualTo(Long.toString(48 << 20));
        assertThat(read("cpu", pod + "/cpu.cfs_quota_us")).isEqualTo("30000");
        String procs =
                read("pids", pod + "/c0/cgroup.procs").lines().findFirst().orElse("");

        events.clear();
        assign(
                "web",
                Map.of(
                        "c0.waybill.dev/pids-limit",
                        "60",
                        "c0.waybill.dev/cpuset-cpus",
                        "0",
                        "c0.waybill.dev/ulimit",
                        "core=0"),
                SLEEP,
                "{\"limits\": {\"cpu\": \"400m\", \"memory\": \"64Mi\"}}",
                "{\"limits\": {\"cpu\": \"50m\", \"memory\": \"8Mi\"}}");
        assertThat(events.await("updated", "web/c0"))
                .contains("cpu.cfs_quota_us=40000", "memory.limit_in_bytes=67108864", "pids.max=60", "cpuset.cpus=0")
                .endsWith("waiting [c0.waybill.dev/ulimit]");
        assertThat(events.await("updated", "web/c1")).contains("memory.limit_in_bytes=8388608");
        assertThat(read("memory", pod + "/memory.limit_in_bytes")).isEqualTo(Long.toString(72 << 20));
        assertThat(read("cpu", pod + "/cpu.cfs_quota_us")).isEqualTo("45000");
        assertThat(read("pids", pod + "/c0/cgroup.procs"))
                .as("the same process")
                .contains(procs);
        events.await("status", "\"allocatedResources\":{\"cpu\":\"400m\",\"memory\":\"64Mi\"}", "\"restartCount\":0");
    }

    @Test
    void aChangeThatCannotBeIsRefusedAndSaid() throws Exception {
        assign("web", Map.of(), SLEEP, "{\"limits\": {\"cpu\": \"200m\", \"memory\": \"32Mi\"}}");
        events.await("started", "web/c0");
        assign(
                "web",
                Map.of("waybill.dev/kernel-memory", "8m"),
                SLEEP,
                "{\"limits\": {\"cpu\": \"300m\", \"memory\": \"32Mi\"}}");
        assertThat(events.await("refused", "web/c0")).contains("annotation waybill.dev/kernel-memory");
        events.await("status", "PodResizeInProgress", "kernel-memory", "\"limits\":{\"cpu\":\"200m\"");
        assertThat(read("cpu", "/guaranteed/poduid-web/c0/cpu.cfs_quota_us")).isEqualTo("20000");
        events.clear();
        assign("web", Map.of(), SLEEP, "{\"limits\": {\"cpu\": \"300m\", \"memory\": \"32Mi\"}}");
        assertThat(events.await("updated", "web/c0")).contains("cpu.cfs_quota_us=30000");
    }

    @Test
    void aContainerThatCannotBeLimitedAsWishedWaits() throws Exception {
        assign("web", Map.of("waybill.dev/memory-swappiness", "200"), SLEEP, "{}");
        assertThat(events.await("status", "CreateContainerConfigError"))
                .contains("annotation waybill.dev/memory-swappiness \\\"200\\\": must be from 0 to 100");
        assign("web", Map.of(), SLEEP, "{}");
        events.await("started", "web/c0");
    }

    @Test
    void classesOfServiceHaveTheirGroups() throws Exception {
        assign("free", Map.of(), SLEEP, "{}");
        assign("some", Map.of(), SLEEP, "{\"requests\": {\"cpu\": \"250m\"}}");
        events.await("started", "free/c0");
        events.await("started", "some/c0");
        assertThat(read("cpu", "/besteffort/poduid-free/cpu.shares")).isEqualTo("2");
        assertThat(read("cpu", "/burstable/poduid-some/cpu.shares")).isEqualTo("256");
        assertThat(events.await("started", "free/c0")).contains("oom_score_adj=1000");
        await("2", "cpu", "/besteffort/cpu.shares");
        await("256", "cpu", "/burstable/cpu.shares");
        await("1024", "cpu", "/cpu.shares");
        await(Long.toString(1L << 30), "memory", "/memory.limit_in_bytes");
        // A change of requests never moves a pod to another class.
        assign("some", Map.of(), SLEEP, "{}");
        assertThat(events.await("updated", "some/c0")).contains("cpu.shares=2");
        assertThat(read("cpu", "/burstable/poduid-some/cpu.shares")).isEqualTo("2");
    }

    /** The groups of the classes follow with the next tick. */
    private void await(String value, String controller, String file) throws Exception {
        Eventually.holds(file + " is " + value, () -> read(controller, file).equals(value));
    }

    @Test
    void anOomKillIsTheContainersOwn() throws Exception {
        assign("web", Map.of(), "exec tail /dev/zero", "{\"limits\": {\"memory\": \"16Mi\"}}");
        assign("calm", Map.of(), SLEEP, "{\"limits\": {\"memory\": \"16Mi\"}}");
        assertThat(events.await("exited", "web/c0")).contains("OOMKilled oom true");
        events.await("status", "web", "OOMKilled");
        assertThat(events.lines()).noneMatch(line -> line.startsWith("exited calm"));
    }
}
