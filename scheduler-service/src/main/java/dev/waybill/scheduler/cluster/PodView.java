package dev.waybill.scheduler.cluster;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What the scheduler reads of a pod. Immutable. */
public record PodView(ObjectView object, PodResources resources, List<HostPort> hostPorts) {

    /** A port of the node that a pod wants for itself. */
    public record HostPort(String address, String protocol, int port) {
        public boolean clashesWith(HostPort other) {
            boolean sameAddress = address.equals(other.address) || isAny(address) || isAny(other.address);
            return sameAddress && port == other.port && protocol.equals(other.protocol);
        }

        private static boolean isAny(String address) {
            return address.isEmpty() || address.equals("0.0.0.0");
        }
    }

    public static PodView of(ObjectView object) {
        return new PodView(object, PodResources.ofSpec(object.spec()), ports(object.spec()));
    }

    public String uid() {
        return object.uid();
    }

    /** Requested CPU, rounded up as Kubernetes does. */
    public long cpuMillis() {
        return resources.requests().getOrDefault("cpu", Quantity.ZERO).millis();
    }

    /** Requested memory, rounded up as Kubernetes does. */
    public long memoryBytes() {
        return resources.requests().getOrDefault("memory", Quantity.ZERO).value();
    }

    /** The node it is bound to; empty when it is not. */
    public String nodeName() {
        return object.spec().path("nodeName").asString("");
    }

    public String phase() {
        return object.status().path("phase").asString("Pending");
    }

    /** Ended for good, so that it takes no room any more. */
    public boolean terminal() {
        return phase().equals("Succeeded") || phase().equals("Failed");
    }

    /** Counts towards its owner's replicas. */
    public boolean active() {
        return !terminal() && !object.deleting();
    }

    public boolean ready() {
        return object.condition("Ready").equals("True");
    }

    /** Ready for at least that long. */
    public boolean available(Duration minReady, Instant now) {
        if (!ready()) {
            return false;
        }
        for (JsonNode condition : object.status().path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                Instant since = time(condition.path("lastTransitionTime").asString(""));
                return minReady.isZero() || !since.plus(minReady).isAfter(now);
            }
        }
        return false;
    }

    /** Waits for a node: not bound, not gated, not going. */
    public boolean wantsNode() {
        return nodeName().isEmpty()
                && active()
                && object.spec().path("schedulingGates").isEmpty();
    }

    public int priority() {
        return object.spec().path("priority").asInt(0);
    }

    /** Reads an RFC 3339 time; the epoch when there is none. */
    public static Instant time(String text) {
        try {
            return text.isEmpty() ? Instant.EPOCH : Instant.parse(text);
        } catch (DateTimeException e) {
            return Instant.EPOCH;
        }
    }

    private static List<HostPort> ports(JsonNode spec) {
        List<HostPort> ports = new ArrayList<>();
        for (JsonNode container : spec.path("containers")) {
            for (JsonNode port : container.path("ports")) {
                int hostPort = port.path("hostPort").asInt(0);
                if (hostPort > 0) {
                    ports.add(new HostPort(
                            port.path("hostIP").asString(""),
                            port.path("protocol").asString("TCP"),
                            hostPort));
                }
            }
        }
        return List.copyOf(ports);
    }
}
