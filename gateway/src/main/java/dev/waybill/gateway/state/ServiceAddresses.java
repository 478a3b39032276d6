package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives Services their cluster addresses and node ports. The writer alone does, so what is free is what no stored Service
 * has, and a Service keeps what it was given while it lives (k8s.io/kubernetes/pkg/registry/core/service, ADR 34).
 * Stateless.
 */
final class ServiceAddresses {
    private static final String NONE = "None";

    private ServiceAddresses() {}

    /** What an update does not say stays; what its type no longer has goes. Before validation. */
    static void carry(Kind kind, ObjectNode service, @Nullable JsonNode old) {
        if (!concerns(kind) || !(service.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        if (old != null) {
            carry(spec, old.path("spec"));
        }
        if (Json.text(spec, "type").equals("ExternalName")) {
            spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
            return;
        }
        families(spec);
        agree(spec);
    }

    private static void carry(ObjectNode spec, JsonNode old) {
        boolean external = Json.text(old, "type").equals("ExternalName");
        if (!external && !Json.text(spec, "type").equals("ExternalName")) {
            for (String field : List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
                if (Json.absent(spec, field) || spec.path(field).asString(" ").isEmpty()) {
                    copy(old, spec, field);
                }
            }
        }
        boolean wants = wantsNodePorts(spec);
        for (ObjectNode port : Json.objects(spec.path("ports"))) {
            JsonNode before = samePort(old.path("ports"), port);
            if (!wants && before != null && Json.same(before.path("nodePort"), port.path("nodePort"))) {
                port.remove("nodePort"); // the type no longer has one
            } else if (wants && Json.number(port, "nodePort", 0) == 0 && before != null) {
                copy(before, port, "nodePort");
            }
        }
        if (isExternal(old) && !isExternal(spec)) {
            for (String field : List.of("externalTrafficPolicy", "allocateLoadBalancerNodePorts")) {
                if (Json.same(spec.path(field), old.path(field))) {
                    spec.remove(field); // which the type no longer has
                }
            }
        }
        if (wantsHealthCheckPort(spec)) {
            if (Json.number(spec, "healthCheckNodePort", 0) == 0) {
                copy(old, spec, "healthCheckNodePort");
            }
        } else if (Json.same(spec.path("healthCheckNodePort"), old.path("healthCheckNodePort"))) {
            spec.remove("healthCheckNodePort");
        }
    }

    private static @Nullable JsonNode samePort(JsonNode ports, JsonNode port) {
        for (JsonNode each : ports) {
            if (each.path("port").equals(port.path("port"))
                    && Json.text(each, "protocol").equals(Json.text(port, "protocol"))) {
                return each;
            }
        }
        return null;
    }

    /** This cluster has IPv4 alone; a headless Service without a selector says nothing about its families. */
    private static void families(ObjectNode spec) {
        boolean open = isHeadless(spec) && spec.path("selector").isEmpty();
        Json.defaultText(spec, "ipFamilyPolicy", open ? "RequireDualStack" : "SingleStack");
        if (spec.path("ipFamilies").isEmpty()) {
            ArrayNode families = spec.putArray("ipFamilies").add("IPv4");
            if (open && Json.text(spec, "ipFamilyPolicy").equals("RequireDualStack")) {
                families.add("IPv6");
            }
        }
    }

    /** clusterIP and the first of clusterIPs are one thing said twice; either may be left out. */
    private static void agree(ObjectNode spec) {
        String one = Json.text(spec, "clusterIP");
        JsonNode all = spec.path("clusterIPs");
        if (one.isEmpty() && !all.isEmpty()) {
            spec.put("clusterIP", all.get(0).asString(""));
        } else if (!one.isEmpty() && all.isEmpty()) {
            spec.putArray("clusterIPs").add(one);
        }
    }

    /** Gives what is missing and refuses what somebody else has; after validation. */
    static void give(Draft draft, Kind kind, String name, ObjectNode service, @Nullable JsonNode old) {
        if (!concerns(kind)
                || !(service.get("spec") instanceof ObjectNode spec)
                || Json.text(spec, "type").equals("ExternalName")) {
            return;
        }
        List<FieldError> errors = new ArrayList<>();
        check(spec, old == null ? Json.object() : old.path("spec"), errors);
        if (errors.isEmpty()) {
            Taken taken = taken(draft, Json.text(service, "metadata", "namespace"), name);
            clusterAddress(draft, taken, service, spec, errors);
            nodePorts(draft, taken, service, spec, errors);
        }
        if (!errors.isEmpty()) {
            throw Refusal.invalid(kind, name, errors).asException();
        }
    }

    private static void check(ObjectNode spec, JsonNode old, List<FieldError> errors) {
        String one = Json.text(spec, "clusterIP");
        JsonNode all = spec.path("clusterIPs");
        if (all.size() > 1) {
            errors.add(FieldError.invalid(
                    "spec.clusterIPs", all.toString(), "may only hold one address: this cluster has IPv4 alone"));
        } else if (!all.isEmpty() && !all.get(0).asString("").equals(one)) {
            errors.add(FieldError.invalid("spec.clusterIPs", all.toString(), "first value must match `clusterIP`"));
        }
        String before = Json.text(old, "clusterIP");
        if (!before.isEmpty() && !before.equals(one)) {
            errors.add(FieldError.invalid("spec.clusterIPs[0]", "\"" + one + "\"", "may not change once set"));
        }
        String policy = Json.text(spec, "ipFamilyPolicy");
        boolean open = isHeadless(spec) && spec.path("selector").isEmpty();
        if (!List.of("SingleStack", "PreferDualStack", "RequireDualStack").contains(policy)) {
            errors.add(FieldError.notSupported(
                    "spec.ipFamilyPolicy", policy, List.of("PreferDualStack", "RequireDualStack", "SingleStack")));
        } else if (policy.equals("RequireDualStack") && !open) {
            errors.add(FieldError.invalid(
                    "spec.ipFamilyPolicy",
                    "\"" + policy + "\"",
                    "this cluster is not configured for dual-stack services"));
        }
        int index = 0;
        for (JsonNode family : spec.path("ipFamilies")) {
            if (!family.asString("").equals("IPv4") && !open) {
                errors.add(FieldError.invalid(
                        "spec.ipFamilies[" + index + "]", family.toString(), "not configured on this cluster"));
            }
            index++;
        }
    }

    /** What other Services have. */
    private record Taken(Set<String> addresses, Set<Long> ports) {}

    private static Taken taken(Draft draft, String namespace, String name) {
        Taken taken = new Taken(new HashSet<>(), new HashSet<>());
        if (!ApiService.isIt(namespace, name)) {
            taken.addresses().add(draft.services().address(1));
        }
        for (StoredObject other : draft.image().list("", "services", null)) {
            if (other.name().equals(name) && other.namespace().equals(namespace)) {
                continue;
            }
            JsonNode spec = other.json().path("spec");
            taken.addresses().add(Json.text(spec, "clusterIP"));
            spec.path("ports").forEach(port -> taken.ports().add(Json.number(port, "nodePort", 0)));
            taken.ports().add(Json.number(spec, "healthCheckNodePort", 0));
        }
        return taken;
    }

    private static void clusterAddress(
            Draft draft, Taken taken, ObjectNode service, ObjectNode spec, List<FieldError> errors) {
        String wanted = Json.text(spec, "clusterIP");
        ServiceNetwork network = draft.services();
        if (wanted.equals(NONE)) {
            return;
        }
        if (wanted.isEmpty()) {
            String free = free(network, taken, Json.text(service, "metadata", "uid"));
            if (free == null) {
                throw Refusal.internal("failed to allocate a serviceIP: range is full")
                        .asException();
            }
            spec.put("clusterIP", free);
            spec.putArray("clusterIPs").add(free);
            return;
        }
        String why = !network.contains(wanted)
                ? "the provided IP (" + wanted + ") is not in the valid range. The range of valid IPs is "
                        + network.cidr()
                : taken.addresses().contains(wanted) ? "provided IP is already allocated" : null;
        if (why != null) {
            errors.add(FieldError.invalid(
                    "spec.clusterIPs",
                    spec.path("clusterIPs").toString(),
                    "failed to allocate IP " + wanted + ": " + why));
        }
    }

    /** From a place that follows from the uid, the upper end of the range first. */
    private static @Nullable String free(ServiceNetwork network, Taken taken, String uid) {
        long reserved = network.reserved();
        long upper = network.size() - 1 - reserved;
        long start = upper > 0 ? Math.floorMod((uid.hashCode() * 0x9E3779B97F4A7C15L) >>> 16, upper) : 0;
        for (long i = 0; i < upper && i <= taken.addresses().size(); i++) {
            String address = network.address(reserved + (start + i) % upper);
            if (!taken.addresses().contains(address)) {
                return address;
            }
        }
        for (long offset = 1; offset < Math.min(reserved, network.size() - 1); offset++) {
            if (!taken.addresses().contains(network.address(offset))) {
                return network.address(offset);
            }
        }
        return null;
    }

    private static void nodePorts(
            Draft draft, Taken taken, ObjectNode service, ObjectNode spec, List<FieldError> errors) {
        ServiceNetwork network = draft.services();
        Set<Long> used = new HashSet<>(taken.ports());
        Set<String> own = new HashSet<>();
        List<ObjectNode> ports = Json.objects(spec.path("ports"));
        for (int i = 0; i < ports.size(); i++) {
            long wanted = Json.number(ports.get(i), "nodePort", 0);
            // One Service may have a port under both protocols.
            boolean shared = own.contains(wanted + other(ports.get(i)));
            if (wanted != 0 && !shared) {
                port(network, used, wanted, "spec.ports[" + i + "].nodePort", errors);
            }
            own.add(wanted + Json.text(ports.get(i), "protocol"));
        }
        String uid = Json.text(service, "metadata", "uid");
        for (ObjectNode port : wantsNodePorts(spec) && errors.isEmpty() ? ports : List.<ObjectNode>of()) {
            if (Json.number(port, "nodePort", 0) == 0) {
                port.set("nodePort", Json.number(freePort(network, used, uid)));
            }
        }
        long health = Json.number(spec, "healthCheckNodePort", 0);
        if (wantsHealthCheckPort(spec) && health == 0 && errors.isEmpty()) {
            spec.set("healthCheckNodePort", Json.number(freePort(network, used, uid)));
        } else if (health != 0) {
            port(network, used, health, "spec.healthCheckNodePort", errors);
        }
    }

    private static String other(JsonNode port) {
        return Json.text(port, "protocol").equals("UDP") ? "TCP" : "UDP";
    }

    private static void port(ServiceNetwork network, Set<Long> used, long wanted, String at, List<FieldError> errors) {
        if (!network.containsPort(wanted)) {
            errors.add(FieldError.invalid(
                    at,
                    String.valueOf(wanted),
                    "provided port is not in the valid range. The range of valid ports is " + network.firstNodePort()
                            + "-" + network.lastNodePort()));
        } else if (!used.add(wanted)) {
            errors.add(FieldError.invalid(at, String.valueOf(wanted), "provided port is already allocated"));
        }
    }

    private static long freePort(ServiceNetwork network, Set<Long> used, String uid) {
        int count = network.lastNodePort() - network.firstNodePort() + 1;
        long start = Math.floorMod(uid.hashCode(), count);
        for (long i = 0; i < count; i++) {
            long port = network.firstNodePort() + (start + i) % count;
            if (used.add(port)) {
                return port;
            }
        }
        throw Refusal.internal("failed to allocate a nodePort: range is full").asException();
    }

    private static boolean wantsNodePorts(JsonNode spec) {
        return switch (Json.text(spec, "type")) {
            case "NodePort" -> true;
            case "LoadBalancer" -> spec.path("allocateLoadBalancerNodePorts").asBoolean(true);
            default -> false;
        };
    }

    private static boolean isExternal(JsonNode spec) {
        String type = Json.text(spec, "type");
        return type.equals("NodePort") || type.equals("LoadBalancer");
    }

    private static boolean wantsHealthCheckPort(JsonNode spec) {
        return Json.text(spec, "type").equals("LoadBalancer")
                && Json.text(spec, "externalTrafficPolicy").equals("Local");
    }

    private static boolean isHeadless(JsonNode spec) {
        return Json.text(spec, "clusterIP").equals(NONE)
                || Json.text(spec.path("clusterIPs").path(0)).equals(NONE);
    }

    private static void copy(JsonNode from, ObjectNode to, String field) {
        JsonNode value = from.get(field);
        if (value != null) {
            to.set(field, value.deepCopy());
        }
    }

    private static boolean concerns(Kind kind) {
        return kind.qualifiedResource().equals("services");
    }
}
