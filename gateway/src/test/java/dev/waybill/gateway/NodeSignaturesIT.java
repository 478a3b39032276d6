package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.NodeRegistered;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.EventOrBytesSerializer;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node speaks for itself and for no other: what it has not signed is a dead letter. */
@Timeout(600)
class NodeSignaturesIT {
    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass("--waybill.nodes.signed=true");

    @BeforeAll
    static void start() throws Exception {
        NodeKey cluster = NodeKey.read(gateway.directory().resolve("data/pki/nodes.key"));
        cluster.of("n1").write(gateway.directory().resolve("n1.key"));
        cluster.of("n2").write(gateway.directory().resolve("n2.key"));
    }

    @Test
    void aNodeReportsItselfAndNotAnother() throws Exception {
        try (KafkaEventPublisher own = publisher("n1");
                KafkaEventPublisher other = publisher("n2");
                KafkaEventPublisher none = new KafkaEventPublisher(gateway.connection(), "test")) {
            register(none, "n0");
            register(own, "n1");
            report(other, "n1", 1, "Forged");
            report(own, "n1", 2, "Real");
            await("/api/v1/nodes/n1", "\"Real\"");
        }
        assertThat(gateway.get("/api/v1/nodes/n0").path("code").asInt()).isEqualTo(404);
        assertThat(gateway.get("/api/v1/nodes/n1").toString()).doesNotContain("Forged");
        assertThat(gateway.raw(Topic.deadLetterName(Topics.NODE_STATUS.name(), "gateway")))
                .extracting(dead ->
                        new String(dead.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8))
                .containsExactly("not signed by node n0", "not signed with the key of node n1");
    }

    private static KafkaEventPublisher publisher(String node) {
        return new KafkaEventPublisher(
                new KafkaConnection(
                        gateway.connection().bootstrapServers(),
                        gateway.connection().registryUrl(),
                        Map.of(
                                EventOrBytesSerializer.NODE_KEY_FILE,
                                gateway.directory().resolve(node + ".key").toString())),
                node);
    }

    private static void register(KafkaEventPublisher publisher, String node) {
        NodeRegistered event = NodeRegistered.newBuilder()
                .setNodeName(node)
                .setNodeEpoch(1)
                .setNode("{\"metadata\":{},\"spec\":{},\"status\":{}}")
                .build();
        publisher.publish(Topics.NODE_STATUS, node, event, TraceContext.NONE);
        publisher.flush();
    }

    private static void report(KafkaEventPublisher publisher, String node, long sequence, String os) {
        NodeStatusReported event = NodeStatusReported.newBuilder()
                .setNodeName(node)
                .setNodeEpoch(1)
                .setSequence(sequence)
                .setStatus("{\"nodeInfo\":{\"operatingSystem\":\"" + os + "\"}}")
                .build();
        publisher.publish(Topics.NODE_STATUS, node, event, TraceContext.NONE);
        publisher.flush();
    }

    /** The class's time limit ends it. */
    private static void await(String path, String text) throws Exception {
        while (!gateway.get(path).toString().contains(text)) {
            Thread.sleep(20);
        }
    }
}
