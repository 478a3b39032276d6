package dev.waybill.benchmarks;

import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Nodes that register and heartbeat but start nothing; closing removes them. Used by one thread. */
final class HollowNodes implements AutoCloseable {
    private final Api api;
    private final int count;
    private final KafkaEventPublisher publisher;
    private final ExecutorService heart = Executors.newSingleThreadExecutor();
    private final Future<?> beating;

    HollowNodes(Api api, KafkaConnection connection, int count) throws Exception {
        this.api = api;
        this.count = count;
        this.publisher = new KafkaEventPublisher(connection, "hollow");
        register();
        this.beating = heart.submit(this::beat);
    }

    int count() {
        return count;
    }

    private void register() throws Exception {
        for (int i = 0; i < count; i++) {
            String node = """
                    {"metadata":{"labels":{"hollow":"true","kubernetes.io/hostname":"hollow-%d"}},"spec":{},
                     "status":{"capacity":{"cpu":"32","memory":"256Gi","pods":"110"},
                       "allocatable":{"cpu":"32","memory":"256Gi","pods":"110"},
                       "addresses":[{"type":"InternalIP","address":"127.0.0.1"}]}}""".formatted(i);
            publisher.publish(
                    Topics.NODE_STATUS,
                    "hollow-" + i,
                    NodeRegistered.newBuilder()
                            .setNodeName("hollow-" + i)
                            .setNodeEpoch(System.currentTimeMillis() / 1000)
                            .setNode(node)
                            .build(),
                    TraceContext.NONE);
        }
        publisher.flush();
        Thread.sleep(2_000);
    }

    private void beat() {
        long sequence = 0;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                sequence++;
                for (int i = 0; i < count; i++) {
                    publisher.publish(
                            Topics.NODE_HEARTBEATS,
                            "hollow-" + i,
                            NodeHeartbeat.newBuilder()
                                    .setNodeName("hollow-" + i)
                                    .setNodeEpoch(1)
                                    .setSequence(sequence)
                                    .build(),
                            TraceContext.NONE);
                }
                Thread.sleep(10_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        beating.cancel(true);
        heart.shutdownNow();
        publisher.close();
        try (Wire wire = api.connect()) {
            for (int i = 0; i < count; i++) {
                wire.send("DELETE", "/api/v1/nodes/hollow-" + i, "{}");
            }
        }
    }
}
