package dev.waybill.gateway.conversion;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Where a Service's pods are to be reached. Its cluster address is routed nowhere (ADR 34), so the addresses of its
 * EndpointSlices are used, which the gateway's machine must have a route to. Stateless.
 */
public final class ServiceEndpoints {
    private static final String SERVICE_NAME = "kubernetes.io/service-name";

    private ServiceEndpoints() {}

    /** Address and port of each endpoint that is ready, as they stand in a URL; none when there is no such Service. */
    public static List<String> ready(ResourceImage image, String namespace, String name, int port) {
        JsonNode chosen = port(image, namespace, name, port);
        List<String> found = new ArrayList<>();
        if (chosen == null) {
            return found;
        }
        for (StoredObject slice : image.list("discovery.k8s.io", "endpointslices", namespace)) {
            if (!name.equals(slice.labels().get(SERVICE_NAME))) {
                continue;
            }
            for (JsonNode target : slice.json().path("ports")) {
                if (Json.text(target, "name").equals(Json.text(chosen, "name"))) {
                    addresses(slice.json(), target.path("port").asInt(0), found);
                }
            }
        }
        return found;
    }

    private static void addresses(JsonNode slice, int port, List<String> found) {
        for (JsonNode endpoint : slice.path("endpoints")) {
            if (endpoint.path("conditions").path("ready").asBoolean(true)) {
                String address = endpoint.path("addresses").path(0).asString("");
                found.add((address.contains(":") ? "[" + address + "]" : address) + ":" + port);
            }
        }
    }

    /** Why there are none. */
    public static String why(ResourceImage image, String namespace, String name, int port) {
        if (image.get(new ResourceKey("", "services", namespace, name)) == null) {
            return "service \"" + name + "\" not found";
        }
        return port(image, namespace, name, port) == null
                ? "no service port " + port + " found for service \"" + name + "\""
                : "no endpoints available for service \"" + name + "\"";
    }

    private static @Nullable JsonNode port(ResourceImage image, String namespace, String name, int port) {
        StoredObject service = image.get(new ResourceKey("", "services", namespace, name));
        if (service == null) {
            return null;
        }
        for (JsonNode each : service.json().path("spec").path("ports")) {
            if (each.path("port").asInt(0) == port) {
                return each;
            }
        }
        return null;
    }
}
