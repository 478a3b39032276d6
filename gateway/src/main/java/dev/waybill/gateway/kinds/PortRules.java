package dev.waybill.gateway.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Ports of containers, by number and by name (validateContainerPorts in k8s.io/kubernetes/pkg/apis/core). Stateless. */
final class PortRules {
    private static final int NAME_LENGTH = 15;

    private PortRules() {}

    static void validate(JsonNode ports, String path, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode port : ports) {
            String at = path + "[" + index++ + "]";
            String name = Json.text(port, "name");
            String wrong = name.isEmpty() ? null : nameProblem(name);
            if (wrong != null) {
                errors.add(FieldError.invalid(at + ".name", Syntax.quoted(name), wrong));
            } else if (!name.isEmpty() && !names.add(name)) {
                errors.add(FieldError.duplicate(at + ".name", name));
            }
            if (Json.number(port, "containerPort", 0) == 0) {
                errors.add(FieldError.required(at + ".containerPort", ""));
            } else {
                number(port.path("containerPort"), at + ".containerPort", errors);
            }
            if (Json.number(port, "hostPort", 0) != 0) {
                number(port.path("hostPort"), at + ".hostPort", errors);
            }
            Syntax.oneOf(port, "protocol", at + ".protocol", List.of("SCTP", "TCP", "UDP"), errors);
        }
    }

    /** A port of the host is for one container of a pod. */
    static void hostPorts(JsonNode containers, String path, List<FieldError> errors) {
        Set<String> taken = new HashSet<>();
        int container = 0;
        for (JsonNode each : containers) {
            int index = 0;
            for (JsonNode port : each.path("ports")) {
                long number = Json.number(port, "hostPort", 0);
                String host = Json.text(port, "protocol") + "/" + Json.text(port, "hostIP") + "/" + number;
                if (number != 0 && !taken.add(host)) {
                    errors.add(FieldError.duplicate(path + "[" + container + "].ports[" + index + "].hostPort", host));
                }
                index++;
            }
            container++;
        }
    }

    static void numberOrName(JsonNode port, String path, List<FieldError> errors) {
        if (!port.isString()) {
            number(port, path, errors);
            return;
        }
        String wrong = nameProblem(port.stringValue());
        if (wrong != null) {
            errors.add(FieldError.invalid(path, port.toString(), wrong));
        }
    }

    private static void number(JsonNode port, String path, List<FieldError> errors) {
        long number = port.isNumber() ? port.asLong(0) : 0;
        if (number < 1 || number > 65535) {
            errors.add(FieldError.invalid(
                    path, port.isMissingNode() ? "0" : port.toString(), "must be between 1 and 65535, inclusive"));
        }
    }

    /** What is wrong with the name of a port (RFC 6335); null when nothing is. */
    private static @Nullable String nameProblem(String name) {
        if (name.length() > NAME_LENGTH) {
            return "must be no more than 15 characters";
        }
        if (!name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        }
        if (name.chars().noneMatch(c -> c >= 'a' && c <= 'z')) {
            return "must contain at least one letter (a-z)";
        }
        if (name.contains("--")) {
            return "must not contain consecutive hyphens";
        }
        return name.startsWith("-") || name.endsWith("-") ? "must not begin or end with a hyphen" : null;
    }
}
