package dev.waybill.node.kafka;

import static dev.waybill.node.kafka.NodeBroker.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerExited;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.PodStatusReported;
import dev.waybill.node.testing.Eventually;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node whose broker goes away: its pods live on, and in the end all of it is told. */
@Timeout(600)
class BrokerFaultsIT extends NodeOnABroker {
    /** For how long a producer keeps what it could not send; two minutes unless it is told so. */
    private static final String KEPT = "--waybill.kafka.properties.delivery.timeout.ms=20000";

    private static final String REQUESTS = "--waybill.kafka.properties.request.timeout.ms=10000";

    /** So that what happens in the first ten seconds has been given up by the producer. */
    private static final Duration OUTAGE = Duration.ofSeconds(30);

    @Test
    void withoutABrokerAnAgentThatComesBackKeepsItsPodsRunning() throws Exception {
        int pid;
        try (ConfigurableApplicationContext service = broker.node()) {
            awaitRegistered(service);
            assignWithImage();
            pid = broker.await(ContainerStarted.class, any -> true).getPid();
            broker.await(PodStatusReported.class, status -> status.getStatus().contains("\"phase\":\"Running\""));
        }
        broker.stop();
        broker.seen().clear();
        // Its start is over when a broker answers; its pods do not wait for that.
        CompletableFuture<ConfigurableApplicationContext> starting =
                CompletableFuture.supplyAsync(() -> broker.node(LAST));
        Thread.sleep(Duration.ofSeconds(3));
        assertThat(ProcessHandle.of(pid)).as("still there").isPresent();
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        awaitAnotherProcess(pid); // from the disk
        assertThat(starting).isNotDone();

        broker.comeBack();
        try (ConfigurableApplicationContext _ = starting.get(180, TimeUnit.SECONDS)) {
            broker.await(PodStatusReported.class, status -> status.getStatus().contains("\"restartCount\":1"));
        }
    }

    /** Containers end, are found unwell and start again while nobody can be told; in the end all of it is known, once. */
    @Test
    @Timeout(600)
    void whatHappensWhileTheBrokerIsAwayForLongerThanAProducerWaitsIsToldOnce() throws Exception {
        try (ConfigurableApplicationContext service = broker.node(LAST, KEPT, REQUESTS)) {
            awaitRegistered(service);
            broker.publish(1, busyPod(), TraceContext.newRoot());
            broker.answerFirstWish();
            int pid = broker.await(ContainerStarted.class, started -> of(started.getContainer(), "main"))
                    .getPid();
            broker.await(ContainerStarted.class, started -> of(started.getContainer(), "unwell"));
            broker.stop();
            Thread.sleep(OUTAGE);
            Eventually.holds("both have started again", () -> attempt("ending") >= 2 && attempt("unwell") >= 1);
            int ended = attempt("ending");
            int unwell = attempt("unwell");
            System.out.println(
                    "without a broker: container ending came to its start " + ended + ", unwell to " + unwell);
            assertThat(ProcessHandle.of(pid)).as("untouched").isPresent();

            broker.comeBack();
            broker.await(
                    PodStatusReported.class,
                    status -> restarts(status, "main") == 0
                            && restarts(status, "ending") >= ended
                            && restarts(status, "unwell") >= unwell);
            List<String> told = new ArrayList<>();
            for (NodeBroker.Seen each : broker.seen()) {
                switch (each.event()) {
                    case ContainerStarted started -> told.add("started " + name(started.getContainer()));
                    case ContainerExited exited -> told.add("exited " + name(exited.getContainer()));
                    default -> {}
                }
            }
            System.out.println("told: " + told);
            assertThat(told).doesNotHaveDuplicates().contains("started main 0").doesNotContain("exited main 0");
            for (int attempt = 0; attempt < ended; attempt++) {
                assertThat(told).contains("started ending " + attempt, "exited ending " + attempt);
            }
            for (int attempt = 0; attempt < unwell; attempt++) {
                assertThat(told).contains("started unwell " + attempt, "exited unwell " + attempt);
            }
            assertThat(ProcessHandle.of(pid)).isPresent();
            Path group = Path.of("/sys/fs/cgroup/pids" + broker.cgroupParent() + "/guaranteed/pod" + broker.uid());
            assertThat(Files.readAllLines(group.resolve("main/cgroup.procs"))).containsExactly(Integer.toString(pid));
        }
        broker.assertNothingLeft();
    }

    private String busyPod() {
        return """
            {"metadata": {"uid": "%s", "namespace": "shop", "name": "web"},
             "spec": {"nodeName": "%s", "terminationGracePeriodSeconds": 1, "containers": [
               {"name": "main", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "exec sleep 600"],
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}},
               {"name": "ending", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "sleep 3; exit 3"],
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}},
               {"name": "unwell", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "echo good >/tmp/state; sleep 8; echo bad >/tmp/state; exec sleep 600"],
                "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "read s </tmp/state; [ $s = good ]"]},
                  "initialDelaySeconds": 2, "periodSeconds": 2, "failureThreshold": 2},
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}}]}}""".formatted(broker.uid(), NODE);
    }

    private static boolean of(ContainerRef container, String name) {
        return container.getContainerName().equals(name);
    }

    private static String name(ContainerRef container) {
        return container.getContainerName() + " " + container.getAttempt();
    }

    private static int restarts(PodStatusReported report, String container) {
        for (JsonNode status : new JsonMapper().readTree(report.getStatus()).path("containerStatuses")) {
            if (status.path("name").stringValue("").equals(container)) {
                return status.path("restartCount").asInt();
            }
        }
        return -1;
    }

    /** The start that a container of the pod has come to, by its directories. */
    private int attempt(String container) throws Exception {
        try (Stream<Path> logs = Files.list(directory.resolve("node/pods/" + broker.uid() + "/logs/" + container))) {
            return logs.mapToInt(
                            log -> Integer.parseInt(log.getFileName().toString().replaceFirst("\\..*", "")))
                    .max()
                    .orElse(0);
        }
    }

    private void awaitAnotherProcess(int before) throws Exception {
        Path procs = Path.of("/sys/fs/cgroup/pids" + broker.cgroupParent() + "/guaranteed/pod" + broker.uid()
                + "/main/cgroup.procs");
        Eventually.holds("a new process", () -> {
            List<String> pids = Files.exists(procs) ? Files.readAllLines(procs) : List.of();
            return !pids.isEmpty() && !pids.contains(Integer.toString(before));
        });
    }
}
