package dev.waybill.scheduler.cluster;

import dev.waybill.events.objects.Quantity;
import dev.waybill.events.objects.Shared;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A node with what is asked of it by the pods on it, assumed ones included. Confined to the scheduler's thread. */
public final class NodeView {
    private final Alike alike;
    private ObjectView object;
    private Map<String, Quantity> allocatable = Map.of();
    private Map<String, String> labels = Map.of();
    private List<Taint> taints = List.of();
    private Map<String, Boolean> runtimes = Map.of();
    private boolean cordoned;
    private boolean ready;
    private boolean lost;
    private long allocatableCpuMillis;
    private long allocatableMemoryBytes;
    private long allocatablePods;
    private long requestedCpuMillis;
    private long requestedMemoryBytes;
    private int withHostPorts;
    private long load;
    private final Map<String, Quantity> requested = new HashMap<>();
    private final Map<String, Integer> byOwner = new HashMap<>();
    private final Map<String, PodView> pods = new LinkedHashMap<>();

    /** A mark that keeps pods away that do not tolerate it. */
    public record Taint(String key, String value, String effect) {}

    /** What nodes have in common. */
    static final class Alike {
        private final Shared<Map<String, Quantity>> amounts = new Shared<>(1 << 6);
        private final Shared<List<Taint>> taints = new Shared<>(1 << 6);
        private final Shared<Map<String, Boolean>> runtimes = new Shared<>(1 << 6);
    }

    NodeView(ObjectView object, Alike alike) {
        this.object = object;
        this.alike = alike;
        update(object);
    }

    /** Everything that is held against pods is read here, once a change and not once a pod. */
    void update(ObjectView changed) {
        object = changed;
        load++;
        Map<String, Quantity> amounts = new HashMap<>();
        changed.status()
                .path("allocatable")
                .properties()
                .forEach(entry -> Quantity.tryParse(entry.getValue().asString(""))
                        .ifPresent(amount -> amounts.put(entry.getKey(), amount)));
        allocatable = alike.amounts.one(Map.copyOf(amounts));
        allocatableCpuMillis = allocatable("cpu").millis();
        allocatableMemoryBytes = allocatable("memory").value();
        allocatablePods = allocatable("pods").value();
        List<Taint> found = new ArrayList<>();
        for (JsonNode taint : changed.spec().path("taints")) {
            found.add(new Taint(
                    taint.path("key").asString(""),
                    taint.path("value").asString(""),
                    taint.path("effect").asString("")));
        }
        taints = alike.taints.one(List.copyOf(found));
        Map<String, Boolean> handlers = new HashMap<>();
        for (JsonNode handler : changed.status().path("runtimeHandlers")) {
            handlers.put(
                    handler.path("name").asString(""),
                    handler.path("features").path("userNamespaces").asBoolean(false));
        }
        runtimes = alike.runtimes.one(Map.copyOf(handlers));
        labels = Map.copyOf(changed.labels());
        cordoned = changed.spec().path("unschedulable").asBoolean(false);
        String condition = changed.condition("Ready");
        ready = condition.equals("True");
        lost = condition.equals("False") || condition.equals("Unknown");
    }

    void add(PodView pod) {
        if (pods.put(pod.uid(), pod) == null) {
            pod.resources().requests().forEach((name, amount) -> requested.merge(name, amount, Quantity::plus));
            count(pod, 1);
        }
    }

    void remove(String podUid) {
        PodView pod = pods.remove(podUid);
        if (pod != null) {
            pod.resources()
                    .requests()
                    .forEach((name, amount) -> requested.computeIfPresent(name, (key, total) -> total.minus(amount)));
            count(pod, -1);
        }
    }

    private void count(PodView pod, int sign) {
        load++;
        requestedCpuMillis += sign * pod.cpuMillis();
        requestedMemoryBytes += sign * pod.memoryBytes();
        withHostPorts += pod.hostPorts().isEmpty() ? 0 : sign;
        String owner = pod.object().controllerUid();
        if (owner != null) {
            byOwner.merge(owner, sign, (before, change) -> before + change == 0 ? null : before + change);
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

    public Map<String, String> labels() {
        return labels;
    }

    /** Whether each of its runtimes, by the handler's name, has user namespaces; empty when it does not say. */
    public Map<String, Boolean> runtimes() {
        return runtimes;
    }

    public boolean cordoned() {
        return cordoned;
    }

    public boolean ready() {
        return ready;
    }

    /** Whether it was ready and is no more, or is silent. */
    public boolean lost() {
        return lost;
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

    public long allocatableCpuMillis() {
        return allocatableCpuMillis;
    }

    public long allocatableMemoryBytes() {
        return allocatableMemoryBytes;
    }

    public long requestedCpuMillis() {
        return requestedCpuMillis;
    }

    public long requestedMemoryBytes() {
        return requestedMemoryBytes;
    }

    /** Grows with each change of the node or of what is on it. */
    public long load() {
        return load;
    }

    /** Whether it takes one pod more. */
    public boolean hasPlace() {
        return pods.size() < allocatablePods;
    }

    /** How many of its pods have this controlling owner. */
    public int podsOfOwner(String ownerUid) {
        return byOwner.getOrDefault(ownerUid, 0);
    }

    /** The pods on it, assumed ones included. */
    public Collection<PodView> pods() {
        return pods.values();
    }

    /** Its pods that hold ports of the node. */
    public List<PodView> podsWithHostPorts() {
        return withHostPorts == 0
                ? List.of()
                : pods.values().stream()
                        .filter(pod -> !pod.hostPorts().isEmpty())
                        .toList();
    }
}
