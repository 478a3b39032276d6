package dev.waybill.gateway.http;

import dev.waybill.gateway.http.stream.NodeEndpoint;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.StoredObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The pod that a call is about and the node that runs it. Immutable. */
record PodTarget(StoredObject pod, NodeEndpoint node) {

    static PodTarget of(ApiCall call, ResourceImage image) {
        StoredObject pod = image.get(call.key());
        if (pod == null) {
            throw new ApiException(Statuses.notFound(call.kind(), call.path().name()));
        }
        return new PodTarget(pod, node(pod, image));
    }

    /** Where the node of a pod serves. */
    static NodeEndpoint node(StoredObject pod, ResourceImage image) {
        String node = pod.json().path("spec").path("nodeName").asString("");
        if (node.isEmpty()) {
            throw ApiException.badRequest("pod " + pod.name() + " does not have a host assigned");
        }
        return NodeEndpoint.of(image, node)
                .orElseThrow(() ->
                        ApiException.of(503, "ServiceUnavailable", "node " + node + " serves no logs and streams now"));
    }

    /** The container that is asked for, or the only one. */
    String container(String asked) {
        List<String> containers = names("containers");
        if (asked.isEmpty()) {
            if (containers.size() == 1) {
                return containers.getFirst();
            }
            List<String> inits = names("initContainers");
            throw ApiException.badRequest("a container name must be specified for pod " + pod.name()
                    + ", choose one of: [" + String.join(" ", containers) + "]"
                    + (inits.isEmpty() ? "" : " or one of the init containers: [" + String.join(" ", inits) + "]"));
        }
        boolean known = Stream.of("containers", "initContainers", "ephemeralContainers")
                .anyMatch(field -> names(field).contains(asked));
        if (!known) {
            throw ApiException.badRequest("container " + asked + " is not valid for pod " + pod.name());
        }
        return asked;
    }

    private List<String> names(String field) {
        List<String> names = new ArrayList<>();
        for (JsonNode container : pod.json().path("spec").path(field)) {
            names.add(container.path("name").asString(""));
        }
        return names;
    }
}
