package dev.waybill.node;

import dev.waybill.events.ContainerRef;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.NodeEvents;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.node.agent.NodeObjects;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.Termination;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;

/** Ends the pods of a node whose agent crashed and is not to come back, without a broker. */
public final class Leftovers {
    private Leftovers() {}

    /** Returns when nothing of the node's pods runs any more, and the machine is as it was before the node. */
    public static void stop(NodeSettings settings) throws IOException {
        NodeHost host = new HostConfiguration().nodeHost(settings);
        NodeObjects objects = new NodeObjects(host.store(), settings.secretCipher());
        try (NodeAgent agent = new NodeAgent(host, new Nobody(), objects, Clock.systemUTC())) {
            agent.stopLeftovers(settings.shutdownGrace());
        }
    }

    /** Nobody listens. */
    private static final class Nobody implements NodeEvents {
        @Override
        public void imageWanted(Subject pod, String reference, String pullPolicy, String requestId) {}

        @Override
        public void sandboxCreated(Subject pod, String podIp, Duration took) {}

        @Override
        public void sandboxFailed(Subject pod, String message) {}

        @Override
        public void sandboxRemoved(Subject pod, Duration took) {}

        @Override
        public void containerCreated(Subject pod, ContainerRef container, ImageFacts image) {}

        @Override
        public void containerStarted(
                Subject pod, ContainerRef container, int pid, Instant at, Map<String, String> limits) {}

        @Override
        public void containerResourcesUpdated(
                Subject pod, ContainerRef container, Map<String, String> limits, List<String> waiting) {}

        @Override
        public void containerResourcesRefused(Subject pod, ContainerRef container, String message) {}

        @Override
        public void containerExited(
                Subject pod, ContainerRef container, Termination termination, long memoryLimitBytes) {}

        @Override
        public void containerHookFailed(Subject pod, ContainerRef container, String hook, String message) {}

        @Override
        public void containerProbeFailed(Subject pod, ContainerRef container, String probe, String message) {}

        @Override
        public void containerHeldBack(Subject pod, ContainerRef container, Duration delay, String message) {}

        @Override
        public CompletableFuture<Void> podStatus(Subject pod, String status) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> podTerminated(Subject pod, String status) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void registered(String node) {}

        @Override
        public void alive() {}

        @Override
        public void usage(String podUid, SpecificRecord sample) {}
    }
}
