package dev.waybill.gateway.http;

import dev.waybill.gateway.http.stream.Connection;
import dev.waybill.gateway.http.stream.ForwardedPort;
import dev.waybill.gateway.http.stream.NodeEndpoint;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The port of a pod that a proxied request goes to, and the node that leads there. Immutable.
 *
 * @param secure whether TLS is spoken there
 */
record ProxyTarget(NodeEndpoint node, String namespace, String pod, int port, boolean secure)
        implements Proxies.Backend {
    private static final int HTTP = 80;

    /**
     * What {@code [SCHEME:]NAME[:PORT]} of a pod or a Service comes to.
     *
     * @throws ApiException when there is none such, or nobody behind it
     */
    static ProxyTarget of(ApiCall call, ResourceImage image) {
        String[] parts = call.path().name().split(":", -1);
        String scheme = parts.length == 3 ? parts[0] : "";
        String name = parts.length == 3 ? parts[1] : parts[0];
        String port = parts[parts.length - 1].equals(name) && parts.length == 1 ? "" : parts[parts.length - 1];
        if (parts.length > 3 || name.isEmpty() || !List.of("", "http", "https").contains(scheme)) {
            throw ApiException.badRequest("invalid " + call.kind().singular() + " request \""
                    + call.path().name() + "\": it is [http:|https:]NAME[:PORT]");
        }
        StoredObject object =
                image.get(new ResourceKey("", call.kind().plural(), call.path().namespace(), name));
        if (object == null) {
            throw new ApiException(Statuses.notFound(call.kind(), name));
        }
        ProxyTarget target =
                call.kind().plural().equals("pods") ? pod(image, object, port) : service(image, object, port);
        return new ProxyTarget(target.node, target.namespace, target.pod, target.port, scheme.equals("https"));
    }

    @Override
    public String host() {
        return pod + ":" + port;
    }

    @Override
    public Connection connect(SSLContext tls) throws IOException {
        return ForwardedPort.open(tls, node, namespace, pod, port, secure);
    }

    private static ProxyTarget pod(ResourceImage image, StoredObject pod, String asked) {
        int port = asked.isEmpty() ? firstPort(pod.json()) : number(asked);
        if (port <= 0) {
            throw ApiException.badRequest("port " + asked + " of a pod must be a number");
        }
        return at(image, pod, port);
    }

    private static int firstPort(JsonNode pod) {
        for (JsonNode container : pod.at("/spec/containers")) {
            if (!container.path("ports").isEmpty()) {
                return container.at("/ports/0/containerPort").asInt(HTTP);
            }
        }
        return HTTP;
    }

    private static ProxyTarget service(ResourceImage image, StoredObject service, String asked) {
        @Nullable String portName = null;
        JsonNode ports = service.json().at("/spec/ports");
        for (JsonNode port : ports) {
            String name = port.path("name").asString("");
            if ((asked.isEmpty() && ports.size() == 1)
                    || name.equals(asked)
                    || port.path("port").asInt(0) == number(asked)) {
                portName = name;
                break;
            }
        }
        if (portName == null) {
            throw ApiException.of(
                    503,
                    "ServiceUnavailable",
                    "no service port \"" + asked + "\" found for service \"" + service.name() + "\"");
        }
        List<ProxyTarget> all = behind(image, service, portName);
        if (all.isEmpty()) {
            throw ApiException.of(
                    503, "ServiceUnavailable", "no endpoints available for service \"" + service.name() + "\"");
        }
        return all.get(ThreadLocalRandom.current().nextInt(all.size()));
    }

    /** The pods that are ready behind a port of a Service. */
    private static List<ProxyTarget> behind(ResourceImage image, StoredObject service, String portName) {
        List<ProxyTarget> all = new ArrayList<>();
        StoredObject endpoints = image.get(new ResourceKey("", "endpoints", service.namespace(), service.name()));
        if (endpoints == null) {
            return all;
        }
        for (JsonNode subset : endpoints.json().path("subsets")) {
            for (JsonNode port : subset.path("ports")) {
                if (!port.path("name").asString("").equals(portName)) {
                    continue;
                }
                for (JsonNode address : subset.path("addresses")) {
                    StoredObject pod = image.get(new ResourceKey(
                            "",
                            "pods",
                            service.namespace(),
                            address.at("/targetRef/name").asString("")));
                    if (pod != null) {
                        all.add(at(image, pod, port.path("port").asInt(HTTP)));
                    }
                }
            }
        }
        return all;
    }

    private static ProxyTarget at(ResourceImage image, StoredObject pod, int port) {
        return new ProxyTarget(PodTarget.node(pod, image), pod.namespace(), pod.name(), port, false);
    }

    private static int number(String port) {
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
