package dev.waybill.gateway.http;

import dev.waybill.gateway.http.stream.Connection;
import dev.waybill.gateway.http.stream.NodeEndpoint;
import dev.waybill.gateway.http.stream.NodeSocket;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** What a node says of itself, for {@code nodes/proxy}. Immutable. */
record NodeTarget(NodeEndpoint node) implements Proxies.Backend {
    /** Commands and ports have paths of their own, which ask for rights of their own. */
    private static final Set<String> SERVED = Set.of("containerLogs", "healthz", "metrics", "pods", "stats");

    /**
     * What {@code [https:]NAME[:PORT]} comes to.
     *
     * @param path of the node, as it came
     * @throws ApiException when there is no such node, or nothing of it to be had there
     */
    static NodeTarget of(ApiCall call, ResourceImage image, String path) {
        String[] parts = call.path().name().split(":", -1);
        String name = parts.length == 3 ? parts[1] : parts[0];
        if (image.get(new ResourceKey("", "nodes", "", name)) == null) {
            throw new ApiException(Statuses.notFound(call.kind(), name));
        }
        NodeEndpoint node = NodeEndpoint.of(image, name)
                .orElseThrow(() -> ApiException.of(503, "ServiceUnavailable", "node " + name + " serves nothing now"));
        boolean ours = parts.length == 1 || parts[parts.length - 1].equals(Integer.toString(node.port()));
        if (!ours || parts.length > 3 || (parts.length == 3 && !parts[0].equals("https"))) {
            throw ApiException.badRequest(
                    "invalid node request \"" + call.path().name()
                            + "\": it is [https:]NAME[:PORT] with the port of the node's own server, " + node.port());
        }
        List<String> segments = ResourcePath.segments(path);
        if (!segments.isEmpty() && !SERVED.contains(segments.getFirst())) {
            throw ApiException.of(
                    403, "Forbidden", "/" + segments.getFirst() + " of a node is not to be had through nodes/proxy");
        }
        return new NodeTarget(node);
    }

    @Override
    public String host() {
        return node.node();
    }

    @Override
    public Connection connect(SSLContext tls) throws IOException {
        return NodeSocket.open(tls, node);
    }
}
