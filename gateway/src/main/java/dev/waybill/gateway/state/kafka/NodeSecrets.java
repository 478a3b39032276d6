package dev.waybill.gateway.state.kafka;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.objects.SecretCipher;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Secrets on their way to a node: opened with the cluster's key and sealed again with the node's own, so that a node can
 * open what its pods refer to and nothing else, whatever it reads on Kafka. Thread-safe.
 */
final class NodeSecrets {
    private static final Logger log = LoggerFactory.getLogger(NodeSecrets.class);

    /** The manifest as it was applied: sealed for the cluster, and nothing that a node asks for. */
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private final SecretCipher cluster;
    private final NodeKey nodes;

    /** @param nodes the key that those of the nodes are derived from */
    NodeSecrets(SecretCipher cluster, NodeKey nodes) {
        this.cluster = cluster;
        this.nodes = nodes;
    }

    /** What a node is to get of an event; the event itself unless it carries a Secret. */
    @Nullable
    SpecificRecord sealed(@Nullable SpecificRecord event) {
        return event instanceof NodeObjectPublished object
                        && object.getExists()
                        && object.getGroup().isEmpty()
                        && object.getResource().equals("secrets")
                ? sealed(object)
                : event;
    }

    private NodeObjectPublished sealed(NodeObjectPublished object) {
        ObjectNode secret = (ObjectNode) JsonMapper.shared().readTree(object.getObject());
        if (secret.get("data") instanceof ObjectNode data) {
            SecretCipher own = nodes.of(object.getNodeName()).secrets();
            for (Map.Entry<String, JsonNode> value : data.properties()) {
                String place = SecretCipher.place(object.getNamespace(), object.getName(), value.getKey());
                try {
                    String open = cluster.open(place, value.getValue().asString(""));
                    data.put(value.getKey(), own.seal(place, open));
                } catch (IllegalArgumentException e) {
                    // Sealed with another key than this gateway's: the node will say that it cannot open it.
                    log.warn("secret {} for node {}: {}", place, object.getNodeName(), e.getMessage());
                }
            }
        }
        if (secret.path("metadata").get("annotations") instanceof ObjectNode annotations) {
            annotations.remove(LAST_APPLIED);
        }
        return Objects.requireNonNull(NodeObjectPublished.newBuilder(object)
                .setObject(secret.toString())
                .build());
    }
}
