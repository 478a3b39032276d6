package dev.waybill.node.kafka;

import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImageReady;
import dev.waybill.events.NodeImagesReported;
import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.node.agent.NodeObjects;
import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.store.NodeStore;
import dev.waybill.node.token.PodTokens;
import dev.waybill.node.token.http.GatewayTokens;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.ReceivedEvent;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Ties the agent to Kafka: assignments and images in, everything else out. */
@Configuration(proxyBeanMethods = false)
public class NodeConfiguration {

    @Bean
    NodeLifetime nodeLifetime(
            NodeSettings settings, NodeHost host, KafkaConnection connection, EventPublisher publisher)
            throws IOException {
        NodeStore store = host.store();
        long epoch = store.nextEpoch();
        Outbox outbox = new Outbox();
        KafkaNodeEvents events = new KafkaNodeEvents(publisher, outbox, settings.name(), epoch);
        NodeObjects objects = new NodeObjects(store, settings.secretCipher(), tokens(settings, host));
        NodeAgent agent = new NodeAgent(host, events, objects, Clock.systemUTC());
        return new NodeLifetime(settings, host, agent, events, outbox, connection, epoch);
    }

    private static @Nullable PodTokens tokens(NodeSettings settings, NodeHost host) {
        GatewayAccess access = host.gateway();
        return access == null
                ? null
                : new PodTokens(
                        new GatewayTokens(
                                access.gateway(), settings.pkiDirectory(), settings.keyFile(), settings.name()),
                        Clock.systemUTC());
    }

    @Bean
    ApplicationRunner openBindings(BindingGate gate) {
        return _ -> gate.open();
    }

    @Bean
    NodeAgent nodeAgent(NodeLifetime lifetime) {
        return lifetime.agent();
    }

    /** Answers to this node's image requests; those of other nodes on the same partition are passed over. */
    @Bean
    Consumer<List<ReceivedEvent>> onImageEvent(EventHandlers handlers, NodeSettings settings, NodeLifetime lifetime) {
        return handlers.forEach("onImageEvent", received -> {
            switch (received.event()) {
                case ImageReady ready
                when ready.getNodeName().equals(settings.name()) ->
                    lifetime.agent()
                            .imageReady(
                                    ready.getRequestId(),
                                    new ImageFacts(
                                            ready.getReference(),
                                            ready.getImageId(),
                                            ready.getRepoDigest(),
                                            ready.getLayerPaths(),
                                            ready.getConfig(),
                                            ready.getStorePath(),
                                            ready.getDriver()));
                case NodeImagesReported images
                when images.getNodeName().equals(settings.name()) -> lifetime.imagesReported(images);
                case ImagePullFailed failed
                when failed.getNodeName().equals(settings.name()) ->
                    lifetime.agent()
                            .imageFailed(
                                    failed.getRequestId(),
                                    failed.getReference(),
                                    failed.getReason(),
                                    failed.getMessage());
                default -> {
                    // Requests, progress, and what concerns other nodes.
                }
            }
        });
    }
}
