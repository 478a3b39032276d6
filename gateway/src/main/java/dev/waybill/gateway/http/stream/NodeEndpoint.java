package dev.waybill.gateway.http.stream;

import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Where a node serves the logs and streams of its containers. Immutable. */
public record NodeEndpoint(String node, String host, int port) {

    /** As the Node's status says; empty when it says nothing. */
    public static Optional<NodeEndpoint> of(ResourceImage image, String node) {
        StoredObject found = image.get(new ResourceKey("", "nodes", "", node));
        if (found == null) {
            return Optional.empty();
        }
        JsonNode status = found.json().path("status");
        int port = status.path("daemonEndpoints")
                .path("kubeletEndpoint")
                .path("Port")
                .asInt(0);
        String host = "127.0.0.1";
        for (JsonNode address : status.path("addresses")) {
            host = address.path("type").asString("").equals("InternalIP")
                    ? address.path("address").asString(host)
                    : host;
        }
        return port == 0 ? Optional.empty() : Optional.of(new NodeEndpoint(node, host, port));
    }
}
