package dev.waybill.node.kafka;

import dev.waybill.events.NodeImage;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The images of a node as its status has them (ContainerImage of Kubernetes' API). Stateless. */
final class NodeImages {
    private NodeImages() {}

    /** Puts them into a NodeStatus. */
    static void describe(ObjectNode status, List<NodeImage> images) {
        ArrayNode list = status.putArray("images");
        for (NodeImage image : images) {
            ObjectNode entry = list.addObject();
            ArrayNode names = entry.putArray("names");
            image.getNames().forEach(names::add);
            entry.put("sizeBytes", image.getSizeBytes());
        }
    }
}
