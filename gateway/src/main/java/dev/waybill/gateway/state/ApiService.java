package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Service by which a cluster's API is found, and what stands behind it
 * (k8s.io/kubernetes/pkg/controlplane/controller/kubernetesservice): restored when somebody removes or bends it.
 * Stateless.
 */
final class ApiService {
    private static final String NAMESPACE = "default";
    private static final String NAME = "kubernetes";
    private static final String PORT_NAME = "https";
    private static final int PORT = 443;
    private static final Set<String> RESOURCES = Set.of("services", "endpoints", "endpointslices");

    private ApiService() {}

    static boolean isIt(String namespace, String name) {
        return namespace.equals(NAMESPACE) && name.equals(NAME);
    }

    /** Adds what is missing and sets right what leads elsewhere. */
    static void complete(Draft draft) {
        ServiceNetwork network = draft.services();
        range(draft, network);
        ensure(draft, draft.kind("v1", "Service"), service(network));
        ensure(draft, draft.kind("v1", "Endpoints"), endpoints(network.api()));
        ensure(draft, draft.kind("discovery.k8s.io/v1", "EndpointSlice"), slice(network.api()));
    }

    /** The range that Services get their addresses from, as an object. */
    private static void range(Draft draft, ServiceNetwork network) {
        Kind kind = draft.kind("networking.k8s.io/v1", "ServiceCIDR");
        StoredObject present = draft.get(new ResourceKey(kind.storageGroup(), kind.plural(), "", NAME));
        ObjectNode range = present == null ? Json.object() : present.copy();
        range.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
        Json.child(range, "metadata").put("name", NAME);
        range.putObject("spec").putArray("cidrs").add(network.cidr());
        Conditions.set(range, "Ready", "True", "", "Kubernetes default Service CIDR is ready", draft.timestamp());
        if (present == null) {
            draft.add(kind, range);
        } else {
            draft.replace(present, range);
        }
    }

    /** Follows a change of one of them. */
    static void follow(Draft draft, ResourceDelta delta) {
        if (isIt(delta.key().namespace(), delta.key().name())
                && RESOURCES.contains(delta.key().resource())
                && delta.change() != ResourceDelta.Change.ADDED) {
            complete(draft);
        }
    }

    private static void ensure(Draft draft, Kind kind, ObjectNode expected) {
        StoredObject present = draft.get(new ResourceKey(kind.storageGroup(), kind.plural(), NAMESPACE, NAME));
        if (present == null) {
            draft.add(kind, expected);
            return;
        }
        expected.remove("metadata"); // labels and annotations are their givers' own
        ObjectNode next = present.copy();
        next.setAll(expected);
        draft.replace(present, next);
    }

    private static ObjectNode service(ServiceNetwork network) {
        ObjectNode service = object("v1", "Service");
        Json.child(service, "metadata")
                .putObject("labels")
                .put("component", "apiserver")
                .put("provider", NAME);
        ObjectNode spec = service.putObject("spec");
        String address = network.address(1);
        spec.put("clusterIP", address).putArray("clusterIPs").add(address);
        spec.put("internalTrafficPolicy", "Cluster").putArray("ipFamilies").add("IPv4");
        spec.put("ipFamilyPolicy", "SingleStack");
        port(spec.putArray("ports"), PORT).put("targetPort", network.api().port());
        spec.put("sessionAffinity", "None").put("type", "ClusterIP");
        service.putObject("status").putObject("loadBalancer");
        return service;
    }

    private static ObjectNode endpoints(ServiceNetwork.Endpoint api) {
        ObjectNode endpoints = object("v1", "Endpoints");
        Json.child(endpoints, "metadata").putObject("labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
        ObjectNode subset = endpoints.putArray("subsets").addObject();
        subset.putArray("addresses").addObject().put("ip", api.address());
        port(subset.putArray("ports"), api.port());
        return endpoints;
    }

    private static ObjectNode slice(ServiceNetwork.Endpoint api) {
        ObjectNode slice = object("discovery.k8s.io/v1", "EndpointSlice");
        Json.child(slice, "metadata").putObject("labels").put("kubernetes.io/service-name", NAME);
        slice.put("addressType", "IPv4");
        ObjectNode endpoint = slice.putArray("endpoints").addObject();
        endpoint.putArray("addresses").add(api.address());
        endpoint.putObject("conditions").put("ready", true);
        port(slice.putArray("ports"), api.port());
        return slice;
    }

    private static ObjectNode port(ArrayNode ports, int number) {
        return ports.addObject().put("name", PORT_NAME).put("port", number).put("protocol", "TCP");
    }

    private static ObjectNode object(String apiVersion, String kind) {
        ObjectNode object = Json.object();
        object.put("apiVersion", apiVersion).put("kind", kind);
        object.putObject("metadata").put("name", NAME).put("namespace", NAMESPACE);
        return object;
    }
}
