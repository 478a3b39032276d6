package dev.waybill.gateway.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Services (k8s.io/kubernetes/pkg/apis/core); the writer gives them their addresses. Stateless. */
final class ServiceRules {
    private static final int STICKY_SECONDS = 10_800;
    private static final int MOST_STICKY_SECONDS = 86_400;

    private ServiceRules() {}

    static DeclaredRules rules() {
        return DeclaredRules.rules()
                .text("spec.type", "ClusterIP")
                .text("spec.sessionAffinity", "None")
                .text("spec.ports[].protocol", "TCP")
                .filled(ServiceRules::defaults)
                .status("{\"loadBalancer\":{}}")
                .required("spec")
                .oneOf("spec.type", "ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
                .oneOf("spec.sessionAffinity", "ClientIP", "None")
                .oneOf("spec.ports[].protocol", "SCTP", "TCP", "UDP")
                .port("spec.ports[].port", false)
                .nonNegative("spec.ports[].nodePort", "spec.healthCheckNodePort")
                .check((object, old, errors) ->
                        Syntax.labels(object.path("spec").path("selector"), "spec.selector", errors))
                .check(ServiceRules::ports)
                .check(ServiceRules::reach);
    }

    /** From where it can be reached, and what is only for those that can be from outside. */
    private static void reach(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        String type = Json.text(spec, "type");
        boolean external = type.equals("NodePort") || type.equals("LoadBalancer");
        if (external && Json.text(spec, "clusterIP").equals("None")) {
            errors.add(FieldError.invalid(
                    "spec.clusterIPs[0]", "\"None\"", "may not be set to 'None' for " + type + " services"));
        }
        String policy = Json.text(spec, "externalTrafficPolicy");
        if (!policy.isEmpty() && !external && spec.path("externalIPs").isEmpty()) {
            errors.add(FieldError.invalid(
                    "spec.externalTrafficPolicy",
                    Syntax.quoted(policy),
                    "may only be set for externally-accessible services"));
        } else if (!policy.isEmpty()) {
            Syntax.oneOf(
                    spec, "externalTrafficPolicy", "spec.externalTrafficPolicy", List.of("Cluster", "Local"), errors);
        }
        JsonNode sticky = spec.path("sessionAffinityConfig");
        if (Json.text(spec, "sessionAffinity").equals("None") && sticky.isObject()) {
            errors.add(FieldError.forbidden(
                    "spec.sessionAffinityConfig", "must not be set when session affinity is None"));
        } else if (sticky.isObject()) {
            long seconds = Json.number(sticky.path("clientIP"), "timeoutSeconds", 0);
            if (seconds <= 0 || seconds > MOST_STICKY_SECONDS) {
                errors.add(FieldError.invalid(
                        "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                        String.valueOf(seconds),
                        "must be greater than 0 and less than " + MOST_STICKY_SECONDS));
            }
        }
    }

    private static void defaults(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        for (ObjectNode port : Json.objects(spec.path("ports"))) {
            if (Json.absent(port, "targetPort") && port.path("port").isNumber()) {
                port.set("targetPort", port.get("port"));
            }
        }
        String type = Json.text(spec, "type");
        if (Json.text(spec, "sessionAffinity").equals("ClientIP")) {
            Json.defaultNumber(
                    Json.child(Json.child(spec, "sessionAffinityConfig"), "clientIP"),
                    "timeoutSeconds",
                    STICKY_SECONDS);
        }
        if (!type.equals("ExternalName")) {
            Json.defaultText(spec, "internalTrafficPolicy", "Cluster");
        }
        if (type.equals("NodePort") || type.equals("LoadBalancer")) {
            Json.defaultText(spec, "externalTrafficPolicy", "Cluster");
        }
        if (type.equals("LoadBalancer")) {
            Json.defaultFlag(spec, "allocateLoadBalancerNodePorts", true);
        }
    }

    private static void ports(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        JsonNode ports = spec.path("ports");
        String type = Json.text(spec, "type");
        if (type.equals("ExternalName")) {
            String wrong = Syntax.dnsSubdomain(Json.text(spec, "externalName"));
            if (wrong != null) {
                errors.add(
                        FieldError.invalid("spec.externalName", Syntax.quoted(Json.text(spec, "externalName")), wrong));
            }
        } else if (ports.isEmpty() && !Json.text(spec, "clusterIP").equals("None")) {
            errors.add(FieldError.required("spec.ports", ""));
        }
        Set<String> names = new HashSet<>();
        Set<String> numbers = new HashSet<>();
        int index = 0;
        for (JsonNode port : ports) {
            String at = "spec.ports[" + index++ + "]";
            String name = Json.text(port, "name");
            String wrong = name.isEmpty() ? null : Syntax.dnsLabel(name);
            if (name.isEmpty() && ports.size() > 1) {
                errors.add(FieldError.required(at + ".name", ""));
            } else if (wrong != null) {
                errors.add(FieldError.invalid(at + ".name", Syntax.quoted(name), wrong));
            } else if (!name.isEmpty() && !names.add(name)) {
                errors.add(FieldError.duplicate(at + ".name", name));
            }
            if (port.has("targetPort")) {
                PortRules.numberOrName(port.path("targetPort"), at + ".targetPort", errors);
            }
            if (type.equals("ClusterIP") && Json.number(port, "nodePort", 0) != 0) {
                errors.add(FieldError.forbidden(at + ".nodePort", "may not be used when `type` is 'ClusterIP'"));
            }
            if (!numbers.add(port.path("port") + Json.text(port, "protocol"))) {
                errors.add(new FieldError(
                        "FieldValueDuplicate",
                        at,
                        "Duplicate value: {\"port\":" + port.path("port") + ",\"protocol\":\""
                                + Json.text(port, "protocol") + "\"}"));
            }
        }
    }
}
