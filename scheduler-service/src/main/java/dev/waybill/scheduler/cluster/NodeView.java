package dev.waybill.scheduler.cluster;

import dev.waybill.events.objects.Quantity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A node with what is asked of it by the pods on it, assumed ones included. Confined to the scheduler's thread. */
public final class NodeView {
    private ObjectView object;
    private Map<String, Quantity> allocatable = Map.of();
    private List<Taint> taints = List.of();
    private final Map<String, Quantity> requested = new HashMap<>();
    private final Map<String, PodView> pods = new LinkedHashMap<>();

    /** A mark that keeps pods away that do not tolerate it. */
    public record Taint(String key, String value, String effect) {}

    NodeView(ObjectView object) {
        this.object = object;
        update(object);
    }

    void update(ObjectView changed) {
        object = changed;
        Map<String, Quantity> amounts = new HashMap<>();
        changed.status()
                .path("allocatable")
                .properties()
                .forEach(entry -> Quantity.tryParse(entry.getValue().asString(""))
                        .ifPresent(amount -> amounts.put(entry.getKey(), amount)));
        allocatable = amounts;
        List<Taint> found = new ArrayList<>();
        for (JsonNode taint : changed.spec().path("taints")) {
            found.add(new Taint(
                    taint.path("key").asString(""),
                    taint.path("value").asString(""),
                    taint.path("effect").asString("")));
        }
        taints = found;
    }

    void add(PodView pod) {
        if (pods.put(pod.uid(), pod) == null) {
            pod.resources().requests().forEach((name, amount) -> requested.merge(name, amount, Quantity::plus));
        }
    }

    void remove(String podUid) {
        PodView pod = pods.remove(podUid);
        if (pod != null) {
            pod.resources()
                    .requests()
                    .forEach((name, amount) -> requested.computeIfPresent(name, (key, total) -> total.minus(amount)));
        }
    }

    public String name() {
        return object.name();
    }

    public String uid() {
        return object.uid();
    }

    public ObjectView object() {
        return object;
    }

    public boolean cordoned() {
        return object.spec().path("unschedulable").asBoolean(false);
    }

    public boolean ready() {
        return object.condition("Ready").equals("True");
    }

    public List<Taint> taints() {
        return taints;
    }

    public Quantity allocatable(String resource) {
        return allocatable.getOrDefault(resource, Quantity.ZERO);
    }

    public Quantity requested(String resource) {
        return requested.getOrDefault(resource, Quantity.ZERO);
    }

    public Iterable<PodView> pods() {
        return pods.values();
    }

    public int podCount() {
        return pods.size();
    }
}
