package dev.waybill.gateway.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Probes and hooks of a container (validateProbe, validateLifecycle in k8s.io/kubernetes/pkg/apis/core). Stateless. */
final class ProbeRules {
    static final List<String> PROBES = List.of("livenessProbe", "readinessProbe", "startupProbe");

    private static final List<String> HOOKS = List.of("postStart", "preStop");
    private static final List<String> NUMBERS =
            List.of("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold");
    private static final String ONLY_SIDECARS = "may not be set for init containers without restartPolicy=Always";

    private ProbeRules() {}

    static void defaults(ObjectNode probe) {
        Json.defaultNumber(probe, "timeoutSeconds", 1);
        Json.defaultNumber(probe, "periodSeconds", 10);
        Json.defaultNumber(probe, "successThreshold", 1);
        Json.defaultNumber(probe, "failureThreshold", 3);
        if (probe.get("httpGet") instanceof ObjectNode get) {
            Json.defaultText(get, "path", "/");
            Json.defaultText(get, "scheme", "HTTP");
        }
    }

    static void validate(JsonNode container, String path, List<FieldError> errors) {
        for (String name : PROBES) {
            JsonNode probe = container.path(name);
            if (probe.isObject()) {
                probe(name, probe, path + "." + name, errors);
            }
        }
        for (String hook : HOOKS) {
            JsonNode handler = container.path("lifecycle").path(hook);
            if (handler.isObject()) {
                handler(handler, List.of("exec", "httpGet", "tcpSocket", "sleep"), path + ".lifecycle." + hook, errors);
            }
        }
    }

    /** Only init containers that run on beside the others are watched. */
    static void initContainers(JsonNode containers, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : containers) {
            String at = path + "[" + index++ + "]";
            if (Json.text(container, "restartPolicy").equals("Always")) {
                continue;
            }
            for (String name : PROBES) {
                if (!Json.absent(container, name)) {
                    errors.add(FieldError.forbidden(at + "." + name, ONLY_SIDECARS));
                }
            }
            if (HOOKS.stream().anyMatch(hook -> !Json.absent(container.path("lifecycle"), hook))) {
                errors.add(FieldError.forbidden(at + ".lifecycle", ONLY_SIDECARS));
            }
        }
    }

    private static void probe(String name, JsonNode probe, String path, List<FieldError> errors) {
        handler(probe, List.of("exec", "httpGet", "tcpSocket", "grpc"), path, errors);
        NUMBERS.forEach(field -> Syntax.nonNegative(probe, field, path + "." + field, errors));
        boolean readiness = name.equals("readinessProbe");
        if (!readiness && Json.number(probe, "successThreshold", 1) != 1) {
            errors.add(FieldError.invalid(
                    path + ".successThreshold", probe.path("successThreshold").toString(), "must be 1"));
        }
        JsonNode grace = probe.path("terminationGracePeriodSeconds");
        if (grace.isNumber() && (readiness || grace.asLong(0) <= 0)) {
            errors.add(FieldError.invalid(
                    path + ".terminationGracePeriodSeconds",
                    grace.toString(),
                    readiness ? "must not be set for readinessProbes" : "must be greater than 0"));
        }
    }

    /** What is run or asked: one thing. */
    private static void handler(JsonNode holder, List<String> kinds, String path, List<FieldError> errors) {
        boolean found = false;
        for (String kind : kinds) {
            JsonNode handler = holder.path(kind);
            String at = path + "." + kind;
            if (!handler.isObject()) {
                continue;
            }
            if (found) {
                errors.add(FieldError.forbidden(at, "may not specify more than 1 handler type"));
                continue;
            }
            found = true;
            switch (kind) {
                case "exec" -> {
                    if (handler.path("command").isEmpty()) {
                        errors.add(FieldError.required(at + ".command", ""));
                    }
                }
                case "httpGet" -> {
                    if (Json.text(handler, "path").isEmpty() && kinds.contains("grpc")) {
                        errors.add(FieldError.required(at + ".path", ""));
                    }
                    PortRules.numberOrName(handler.path("port"), at + ".port", errors);
                    if (!Json.absent(handler, "scheme")) {
                        Syntax.oneOf(handler, "scheme", at + ".scheme", List.of("HTTP", "HTTPS"), errors);
                    }
                }
                case "tcpSocket", "grpc" -> PortRules.numberOrName(handler.path("port"), at + ".port", errors);
                default -> {
                    // Sleep has a number of seconds, of which every one is good.
                }
            }
        }
        if (!found) {
            errors.add(FieldError.required(path, "must specify a handler type"));
        }
    }
}
