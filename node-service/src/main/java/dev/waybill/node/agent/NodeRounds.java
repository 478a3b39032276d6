package dev.waybill.node.agent;

import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodState;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does again and again: tells pods that time has passed, those that wait for something sooner; samples what
 * they use; looks after groups, logs and the disk. Thread-safe.
 */
final class NodeRounds implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeRounds.class);
    private static final Duration SHORT_TICK = Duration.ofMillis(250);
    private static final int LONG_TICK = 20;
    /** The kubelet's containerLogMonitorInterval. */
    private static final Duration LOG_ROUNDS = Duration.ofSeconds(10);

    private final Map<String, PodWorker> pods;
    private final PodIndex index;
    private final UsageSampler usage;
    private final QosGroups qosGroups;
    private final LogKeeper logs;
    private final StorageEviction storage;
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("node-ticks").daemon().factory());
    private long ticked;

    /** Of the pods in a map that others change. */
    NodeRounds(NodeHost host, Map<String, PodWorker> pods, PodIndex index, UsageSampler usage, Clock clock) {
        this.pods = pods;
        this.index = index;
        this.usage = usage;
        this.qosGroups = new QosGroups(host);
        this.logs = new LogKeeper(host, clock, pods::values);
        this.storage = new StorageEviction(host);
    }

    void start(Duration sampleEvery) {
        ticks.scheduleWithFixedDelay(this::tick, SHORT_TICK.toMillis(), SHORT_TICK.toMillis(), TimeUnit.MILLISECONDS);
        logs.start(LOG_ROUNDS);
        ticks.scheduleWithFixedDelay(
                this::sampleAll, sampleEvery.toMillis(), sampleEvery.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** No tick comes any more; logs are kept until the end. */
    void stopTicks() {
        ticks.shutdownNow();
    }

    private void tick() {
        try {
            ticked++;
            pods.values().removeIf(worker -> index.isForgotten(worker.pod().uid()));
            qosGroups.update(QosGroups.standing(pods.values()));
            for (PodWorker worker : pods.values()) {
                if (ticked % LONG_TICK == 0 || !settled(worker)) {
                    worker.post(new PodMessage.Tick());
                }
            }
        } catch (RuntimeException e) {
            log.error("tick: {}", e.toString(), e);
        }
    }

    /** Whether nothing of the pod waits for time to pass. */
    private static boolean settled(PodWorker worker) {
        PodState state = worker.state();
        boolean quiet = state.containers().values().stream()
                .allMatch(container -> container.phase() == ContainerState.Phase.RUNNING
                        || container.phase() == ContainerState.Phase.ENDED);
        boolean asked = worker.pod()
                .allContainers()
                .anyMatch(container -> !container.probes().isEmpty());
        return quiet && !asked && !worker.pod().deleting() && !state.gone();
    }

    private void sampleAll() {
        try {
            for (PodWorker worker : pods.values()) {
                worker.state().containers().values().stream()
                        .filter(container -> container.phase() == ContainerState.Phase.RUNNING)
                        .forEach(container -> usage.sample(worker.pod(), container));
            }
            storage.check(pods.values());
        } catch (RuntimeException e) {
            log.error("sampling: {}", e.toString(), e);
        }
    }

    /** Looks at all logs now. */
    void keepLogs() {
        logs.round();
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        logs.close();
    }
}
