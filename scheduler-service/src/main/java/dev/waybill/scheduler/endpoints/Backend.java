package dev.waybill.scheduler.endpoints;

import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A pod behind a Service, with the ports under which the Service's are found there. Immutable.
 *
 * @param ports as an EndpointSlice has them: name, port, protocol, appProtocol
 * @param ready whether it gets new connections
 * @param serving whether it answers, be it about to go
 */
record Backend(PodView pod, String address, ArrayNode ports, boolean ready, boolean serving, ObjectView service) {

    /**
     * The pod as the Service sees it; empty while it has no address, or no more.
     *
     * @param answers whether the pod is ready
     */
    static Optional<Backend> of(ObjectView service, PodView pod, boolean answers) {
        String address = pod.object().status().path("podIP").asString("");
        if (address.isEmpty() || pod.terminal()) {
            return Optional.empty();
        }
        boolean early = service.spec().path("publishNotReadyAddresses").asBoolean(false);
        boolean ready = early || (answers && !pod.object().deleting());
        return Optional.of(new Backend(pod, address, ports(service, pod), ready, ready || answers, service));
    }

    boolean deleting() {
        return pod.object().deleting();
    }

    /** As an element of EndpointSlice.endpoints. */
    ObjectNode endpoint() {
        ObjectNode endpoint = JsonMapper.shared().createObjectNode();
        endpoint.putArray("addresses").add(address);
        endpoint.putObject("conditions")
                .put("ready", ready)
                .put("serving", serving)
                .put("terminating", deleting());
        endpoint.set("targetRef", target());
        endpoint.put("nodeName", pod.nodeName());
        hostname(endpoint);
        return endpoint;
    }

    /** As an element of the addresses of Endpoints. */
    ObjectNode endpointAddress() {
        ObjectNode element = JsonMapper.shared().createObjectNode();
        element.put("ip", address).put("nodeName", pod.nodeName());
        element.set("targetRef", target());
        hostname(element);
        return element;
    }

    private ObjectNode target() {
        return JsonMapper.shared()
                .createObjectNode()
                .put("kind", "Pod")
                .put("namespace", pod.object().namespace())
                .put("name", pod.object().name())
                .put("uid", pod.uid());
    }

    /** A pod with a name of its own below the Service's. */
    private void hostname(ObjectNode element) {
        String hostname = pod.object().spec().path("hostname").asString("");
        if (!hostname.isEmpty()
                && pod.object().spec().path("subdomain").asString("").equals(service.name())) {
            element.put("hostname", hostname);
        }
    }

    private static ArrayNode ports(ObjectView service, PodView pod) {
        ArrayNode ports = JsonMapper.shared().createArrayNode();
        for (JsonNode port : service.spec().path("ports")) {
            String protocol = port.path("protocol").asString("TCP");
            int number = target(port, protocol, pod);
            if (number > 0) {
                ObjectNode found = ports.addObject();
                found.put("name", port.path("name").asString(""));
                found.put("port", number);
                found.put("protocol", protocol);
                String application = port.path("appProtocol").asString("");
                if (!application.isEmpty()) {
                    found.put("appProtocol", application);
                }
            }
        }
        return ports;
    }

    /** A named target is what the pod's containers call so; 0 when none does. */
    private static int target(JsonNode port, String protocol, PodView pod) {
        JsonNode target = port.path("targetPort");
        if (target.isNumber()) {
            return target.asInt();
        }
        if (!target.isString()) {
            return port.path("port").asInt(0);
        }
        for (JsonNode container : pod.object().spec().path("containers")) {
            for (JsonNode own : container.path("ports")) {
                if (own.path("name").asString("").equals(target.stringValue())
                        && own.path("protocol").asString("TCP").equals(protocol)) {
                    return own.path("containerPort").asInt(0);
                }
            }
        }
        return 0;
    }
}
