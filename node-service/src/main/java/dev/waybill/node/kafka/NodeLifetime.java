package dev.waybill.node.kafka;

import dev.waybill.events.NodeImagesReported;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.NodeDescription;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.LogTail;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.ObjectNode;

/**
 * From the start of the agent to its end: pods from the disk first, then assignments from the log, a registration until
 * a snapshot answers it, and heartbeats.
 */
final class NodeLifetime implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(NodeLifetime.class);
    private static final int REGISTER_AGAIN_SECONDS = 5;

    private final NodeSettings settings;
    private final NodeHost host;
    private final NodeAgent agent;
    private final KafkaNodeEvents events;
    private final Outbox outbox;
    private final LogTail assignments;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("node-heart").daemon().factory());
    private volatile boolean registered;
    private volatile @Nullable NodeImagesReported images;
    private volatile boolean running;

    NodeLifetime(
            NodeSettings settings,
            NodeHost host,
            NodeAgent agent,
            KafkaNodeEvents events,
            Outbox outbox,
            KafkaConnection connection,
            long epoch) {
        this.settings = settings;
        this.host = host;
        this.agent = agent;
        this.events = events;
        this.outbox = outbox;
        int partition = Topic.partitionOfNode(settings.name());
        this.assignments = new LogTail(
                connection,
                Topics.NODE_ASSIGNMENTS,
                candidate -> candidate == partition,
                new AssignmentListener(agent, settings.name(), epoch, this::nowRegistered));
    }

    /** Image-service says which images are on the disk. */
    void imagesReported(NodeImagesReported reported) {
        images = reported;
        reportStatus();
    }

    private void reportStatus() {
        NodeImagesReported latest = images;
        if (!registered || latest == null) {
            return;
        }
        ObjectNode node = NodeDescription.of(host, settings.port(), settings.podSubnet(), Instant.now());
        if (node.get("status") instanceof ObjectNode status) {
            NodeImages.describe(status, latest.getImages());
            events.status(status.toString());
        }
    }

    /** A node that is not registered has no status; what came before waits. */
    private void nowRegistered() {
        registered = true;
        reportStatus();
    }

    NodeAgent agent() {
        return agent;
    }

    @Override
    public void start() {
        running = true;
        outbox.start();
        agent.start(settings.sample());
        assignments.start();
        clock.scheduleWithFixedDelay(this::register, 0, REGISTER_AGAIN_SECONDS, TimeUnit.SECONDS);
        clock.scheduleAtFixedRate(
                events::alive,
                settings.heartbeat().toMillis(),
                settings.heartbeat().toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void register() {
        if (registered) {
            return;
        }
        try {
            events.registered(NodeDescription.of(host, settings.port(), settings.podSubnet(), Instant.now())
                    .toString());
        } catch (RuntimeException e) {
            log.error("this node cannot describe itself: {}", e.toString(), e);
        }
    }

    @Override
    public void stop() {
        running = false;
        clock.shutdownNow();
        assignments.close();
        if (settings.stopPodsOnShutdown()) {
            agent.stopPods(settings.shutdownGrace());
        }
        agent.close();
        outbox.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the bindings are made, which takes until a broker answers: pods of the disk need none. */
    @Override
    public int getPhase() {
        return 0;
    }
}
