package dev.waybill.scheduler.endpoints;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ObjectView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the EndpointSlices of a Service: pods stay in the slice in which they are, new ones fill slices with room, and an
 * empty slice goes unless it is the last (k8s.io/endpointslice). Pure.
 */
final class SliceReconciler {
    static final String GROUP = "discovery.k8s.io";
    static final String SERVICE_NAME = "kubernetes.io/service-name";
    static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    static final String MANAGER = "endpointslice-controller.k8s.io";

    private static final String RESOURCE = "endpointslices";
    private static final int ROOM = 100;

    private SliceReconciler() {}

    /** The requests that are due; none when the slices are as they should be. */
    static List<DesiredStateRequest> reconcile(
            ObjectView service, Collection<Backend> backends, Collection<ObjectView> slices) {
        Map<ArrayNode, Map<String, Backend>> byPorts = new LinkedHashMap<>();
        for (Backend backend : backends) {
            byPorts.computeIfAbsent(backend.ports(), ports -> new LinkedHashMap<>())
                    .put(backend.pod().uid(), backend);
        }
        List<DesiredStateRequest> wishes = new ArrayList<>();
        List<ObjectView> spare = new ArrayList<>(slices);
        List<Plan> plans = new ArrayList<>();
        byPorts.forEach((ports, members) -> plans.addAll(plan(ports, members, spare)));
        if (plans.isEmpty()) {
            // Without a pod nobody knows what a named port means.
            ArrayNode none = JsonMapper.shared().createArrayNode();
            plans.add(new Plan(spare.isEmpty() ? null : spare.removeFirst(), none, new ArrayList<>()));
        }
        int number = slices.size();
        for (Plan plan : plans) {
            ObjectNode wanted = slice(service, plan, number);
            if (plan.present() == null) {
                wishes.add(EndpointWishes.create(GROUP, RESOURCE, wanted));
                number++;
            } else if (differs(plan.present(), wanted)) {
                wishes.add(EndpointWishes.replace(GROUP, plan.present(), wanted));
            }
        }
        spare.forEach(slice -> wishes.add(EndpointWishes.delete(GROUP, slice)));
        return wishes;
    }

    /** @param present the slice that there is; null for a new one */
    private record Plan(@Nullable ObjectView present, ArrayNode ports, List<Backend> members) {}

    private static List<Plan> plan(ArrayNode ports, Map<String, Backend> members, List<ObjectView> spare) {
        Map<String, Backend> left = new LinkedHashMap<>(members);
        List<Plan> plans = new ArrayList<>();
        for (ObjectView slice : List.copyOf(spare)) {
            if (!sameList(slice.json().path("ports"), ports)) {
                continue;
            }
            List<Backend> stay = new ArrayList<>();
            for (JsonNode endpoint : slice.json().path("endpoints")) {
                Backend backend =
                        left.remove(endpoint.path("targetRef").path("uid").asString(""));
                if (backend != null) {
                    stay.add(backend);
                }
            }
            if (!stay.isEmpty()) {
                plans.add(new Plan(slice, ports, stay));
                spare.remove(slice);
            }
        }
        List<Backend> fresh = new ArrayList<>(left.values());
        for (Plan plan : plans) {
            while (!fresh.isEmpty() && plan.members().size() < ROOM) {
                plan.members().add(fresh.removeFirst());
            }
        }
        while (!fresh.isEmpty()) {
            List<Backend> chunk = new ArrayList<>(fresh.subList(0, Math.min(ROOM, fresh.size())));
            fresh.subList(0, chunk.size()).clear();
            plans.add(new Plan(spare.isEmpty() ? null : spare.removeFirst(), ports, chunk));
        }
        return plans;
    }

    private static ObjectNode slice(ObjectView service, Plan plan, int number) {
        ObjectNode slice = JsonMapper.shared().createObjectNode();
        slice.put("apiVersion", GROUP + "/v1").put("kind", "EndpointSlice").put("addressType", "IPv4");
        ObjectNode metadata = slice.putObject("metadata");
        metadata.put(
                "name",
                plan.present() == null ? name(service, number) : plan.present().name());
        metadata.put("namespace", service.namespace());
        metadata.put("generateName", service.name() + "-");
        ObjectNode labels = metadata.putObject("labels");
        service.labels().forEach(labels::put);
        labels.put(SERVICE_NAME, service.name()).put(MANAGED_BY, MANAGER);
        if (service.spec().path("clusterIP").asString("").equals("None")) {
            labels.put("service.kubernetes.io/headless", "");
        }
        metadata.putArray("ownerReferences")
                .addObject()
                .put("apiVersion", "v1")
                .put("kind", "Service")
                .put("name", service.name())
                .put("uid", service.uid())
                .put("controller", true)
                .put("blockOwnerDeletion", true);
        ArrayNode endpoints = slice.putArray("endpoints");
        plan.members().forEach(backend -> endpoints.add(backend.endpoint()));
        slice.set("ports", plan.ports());
        return slice;
    }

    /** A name that follows from the Service and what there is, so that asking again asks for the same slice. */
    private static String name(ObjectView service, int number) {
        String hash = UUID.nameUUIDFromBytes(
                        (service.uid() + "\n" + service.revision() + "\n" + number).getBytes(StandardCharsets.UTF_8))
                .toString()
                .substring(0, 5);
        String base = service.name();
        return base.substring(0, Math.min(base.length(), 57)) + "-" + hash;
    }

    private static boolean differs(ObjectView present, ObjectNode wanted) {
        JsonNode parsed = JsonMapper.shared().readTree(wanted.toString());
        return !sameList(present.json().path("endpoints"), parsed.path("endpoints"))
                || !sameList(present.json().path("ports"), parsed.path("ports"))
                || !present.metadata()
                        .path("labels")
                        .equals(parsed.path("metadata").path("labels"));
    }

    private static boolean sameList(JsonNode a, JsonNode b) {
        return a.equals(b) || (a.isEmpty() && b.isEmpty());
    }
}
