package dev.waybill.node.agent;

import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.pod.ContainerState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the logs of running containers within their limits, on a thread of its own. */
final class LogKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogKeeper.class);

    private final NodeHost host;
    private final Clock clock;
    private final Supplier<Collection<PodWorker>> pods;
    private final ScheduledExecutorService rounds = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("node-logs").daemon().factory());

    LogKeeper(NodeHost host, Clock clock, Supplier<Collection<PodWorker>> pods) {
        this.host = host;
        this.clock = clock;
        this.pods = pods;
    }

    void start(Duration every) {
        rounds.scheduleWithFixedDelay(this::round, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks at every log once. */
    void round() {
        for (PodWorker worker : pods.get()) {
            for (ContainerState container : worker.state().containers().values()) {
                if (container.phase() == ContainerState.Phase.RUNNING) {
                    rotate(host.paths(worker.pod().uid()), container);
                }
            }
        }
    }

    private void rotate(PodPaths paths, ContainerState container) {
        Path file = paths.log(container.name(), container.attempt());
        Path bundle = paths.bundle(container.name(), container.attempt());
        try {
            host.logs().rotate(file, clock.instant(), () -> OciRuntime.reopenLog(bundle, file));
        } catch (IOException | RuntimeException e) {
            log.warn("log {} is not rotated: {}", file, e.toString());
        }
    }

    @Override
    public void close() {
        rounds.shutdownNow();
    }
}
