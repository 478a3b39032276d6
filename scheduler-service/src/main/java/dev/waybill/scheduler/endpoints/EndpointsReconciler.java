package dev.waybill.scheduler.endpoints;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ObjectView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the Endpoints of a Service, for clients that know no slices (k8s.io/kubernetes/pkg/controller/endpoint). Pure. */
final class EndpointsReconciler {
    private static final String RESOURCE = "endpoints";
    private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
    private static final int MOST = 1_000;

    private EndpointsReconciler() {}

    /** The request that is due; empty when the object is as it should be. */
    static Optional<DesiredStateRequest> reconcile(
            ObjectView service, Collection<Backend> backends, @Nullable ObjectView present) {
        ObjectNode wanted = endpoints(service, backends);
        if (present == null) {
            return Optional.of(EndpointWishes.create("", RESOURCE, wanted));
        }
        JsonNode parsed = JsonMapper.shared().readTree(wanted.toString());
        JsonNode subsets = present.json().path("subsets");
        boolean same =
                (subsets.isEmpty() && parsed.path("subsets").isEmpty()) || subsets.equals(parsed.path("subsets"));
        boolean sameLabels =
                present.metadata().path("labels").equals(parsed.path("metadata").path("labels"));
        return same && sameLabels ? Optional.empty() : Optional.of(EndpointWishes.replace("", present, wanted));
    }

    private static ObjectNode endpoints(ObjectView service, Collection<Backend> backends) {
        List<Backend> named = Stream.concat(
                        backends.stream().filter(Backend::ready),
                        backends.stream().filter(backend -> !backend.ready() && !backend.deleting()))
                .limit(MOST)
                .toList();
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("apiVersion", "v1").put("kind", "Endpoints");
        ObjectNode metadata = object.putObject("metadata");
        metadata.put("name", service.name()).put("namespace", service.namespace());
        ObjectNode labels = metadata.putObject("labels");
        service.labels().forEach(labels::put);
        labels.put(EndpointControl.MANAGED_BY, EndpointControl.MANAGER);
        if (service.spec().path("clusterIP").asString("").equals("None")) {
            labels.put("service.kubernetes.io/headless", "");
        }
        if (named.size()
                < backends.stream().filter(backend -> !backend.deleting()).count()) {
            metadata.putObject("annotations").put(OVER_CAPACITY, "truncated");
        }
        ArrayNode subsets = object.putArray("subsets");
        Map<String, List<Backend>> byPorts = new TreeMap<>();
        named.forEach(backend -> byPorts.computeIfAbsent(backend.ports().toString(), ports -> new ArrayList<>())
                .add(backend));
        byPorts.values().forEach(group -> subset(subsets.addObject(), group));
        return object;
    }

    private static void subset(ObjectNode subset, List<Backend> group) {
        List<Backend> ordered = group.stream()
                .sorted(Comparator.comparing(Backend::address)
                        .thenComparing(backend -> backend.pod().uid()))
                .toList();
        addresses(subset, "addresses", ordered, true);
        addresses(subset, "notReadyAddresses", ordered, false);
        ArrayNode ports = group.getFirst().ports();
        if (!ports.isEmpty()) {
            ArrayNode list = subset.putArray("ports");
            for (JsonNode port : ports) {
                ObjectNode copy = (ObjectNode) port.deepCopy();
                if (copy.path("name").asString("").isEmpty()) {
                    copy.remove("name");
                }
                list.add(copy);
            }
        }
    }

    private static void addresses(ObjectNode subset, String field, List<Backend> backends, boolean ready) {
        List<Backend> those =
                backends.stream().filter(backend -> backend.ready() == ready).toList();
        if (!those.isEmpty()) {
            ArrayNode list = subset.putArray(field);
            those.forEach(backend -> list.add(backend.endpointAddress()));
        }
    }
}
