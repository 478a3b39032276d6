package dev.waybill.gateway.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and checks of a pod's spec, alone or in a template (k8s.io/kubernetes/pkg/apis/core). Stateless. */
final class PodSpecRules {
    private PodSpecRules() {}

    static void defaults(ObjectNode spec) {
        Json.defaultText(spec, "restartPolicy", "Always");
        Json.defaultText(spec, "dnsPolicy", "ClusterFirst");
        Json.defaultNumber(spec, "terminationGracePeriodSeconds", 30);
        Json.defaultText(spec, "schedulerName", "default-scheduler");
        if (Json.absent(spec, "securityContext")) {
            spec.putObject("securityContext");
        }
        if (!Json.absent(spec, "serviceAccountName")) {
            Json.defaultText(spec, "serviceAccount", Json.text(spec, "serviceAccountName"));
        } else if (!Json.absent(spec, "serviceAccount")) {
            spec.put("serviceAccountName", Json.text(spec, "serviceAccount"));
        }
        ContainerRules.canonical(spec.path("overhead"));
        boolean hostNetwork = spec.path("hostNetwork").asBoolean(false);
        for (String field : List.of("initContainers", "containers", EphemeralRules.FIELD)) {
            for (ObjectNode container : Json.objects(spec.path(field))) {
                ContainerRules.defaults(container, hostNetwork);
            }
        }
        for (ObjectNode volume : Json.objects(spec.path("volumes"))) {
            VolumeRules.defaults(volume);
        }
    }

    static void validate(JsonNode spec, String path, List<FieldError> errors) {
        if (!spec.isObject()) {
            errors.add(FieldError.required(path, ""));
            return;
        }
        Set<String> volumes = VolumeRules.validate(spec.path("volumes"), path + ".volumes", errors);
        JsonNode containers = spec.path("containers");
        if (!containers.isArray() || containers.isEmpty()) {
            errors.add(FieldError.required(path + ".containers", ""));
        }
        Set<String> names = new HashSet<>();
        ContainerRules.validateAll(containers, path + ".containers", names, volumes, errors);
        ContainerRules.validateAll(spec.path("initContainers"), path + ".initContainers", names, volumes, errors);
        ProbeRules.initContainers(spec.path("initContainers"), path + ".initContainers", errors);
        PortRules.hostPorts(containers, path + ".containers", errors);
        if (path.equals("spec")) {
            EphemeralRules.validate(spec, volumes, errors);
        } else if (!spec.path(EphemeralRules.FIELD).isEmpty()) {
            errors.add(FieldError.forbidden(
                    path + "." + EphemeralRules.FIELD, "ephemeral containers not allowed in pod template"));
        }
        Syntax.oneOf(spec, "restartPolicy", path + ".restartPolicy", List.of("Always", "OnFailure", "Never"), errors);
        Syntax.oneOf(
                spec,
                "dnsPolicy",
                path + ".dnsPolicy",
                List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
                errors);
        if (Json.text(spec, "dnsPolicy").equals("None")
                && spec.path("dnsConfig").path("nameservers").isEmpty()) {
            errors.add(FieldError.required(
                    path + ".dnsConfig.nameservers",
                    "must provide at least one DNS nameserver when `dnsPolicy` is None"));
        }
        Syntax.nonNegative(spec, "terminationGracePeriodSeconds", path + ".terminationGracePeriodSeconds", errors);
        Syntax.labels(spec.path("nodeSelector"), path + ".nodeSelector", errors);
        tolerations(spec.path("tolerations"), path + ".tolerations", errors);
        String account = Json.text(spec, "serviceAccountName");
        String wrong = account.isEmpty() ? null : Syntax.dnsSubdomain(account);
        if (wrong != null) {
            errors.add(FieldError.invalid(path + ".serviceAccountName", Syntax.quoted(account), wrong));
        }
        if (!Json.absent(spec, "activeDeadlineSeconds") && Json.number(spec, "activeDeadlineSeconds", 0) < 1) {
            errors.add(FieldError.invalid(
                    path + ".activeDeadlineSeconds",
                    spec.path("activeDeadlineSeconds").toString(),
                    "must be between 1 and 2147483647, inclusive"));
        }
        gates(spec.path("schedulingGates"), path + ".schedulingGates", errors);
        SecurityRules.pod(spec, path, errors);
        LifecycleRules.pod(spec, path, errors);
        hostName(spec, path, errors);
        for (String field : List.of("containers", "initContainers", "ephemeralContainers")) {
            int index = 0;
            for (JsonNode container : spec.path(field)) {
                String at = path + "." + field + "[" + index++ + "]";
                SecurityRules.container(spec, container, at, errors);
                LifecycleRules.container(spec, container, at, errors);
            }
        }
    }

    private static void hostName(JsonNode spec, String path, List<FieldError> errors) {
        for (String field : List.of("hostname", "subdomain")) {
            String name = Json.text(spec, field);
            String wrong = name.isEmpty() ? null : Syntax.dnsLabel(name);
            if (wrong != null) {
                errors.add(FieldError.invalid(path + "." + field, Syntax.quoted(name), wrong));
            }
        }
    }

    static void tolerations(JsonNode tolerations, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode toleration : tolerations) {
            String at = path + "[" + index++ + "]";
            String operator = Json.text(toleration, "operator");
            Syntax.oneOf(toleration, "operator", at + ".operator", List.of("Equal", "Exists"), errors);
            if (operator.equals("Exists") && !Json.text(toleration, "value").isEmpty()) {
                errors.add(FieldError.invalid(
                        at + ".operator",
                        Syntax.quoted(Json.text(toleration, "value")),
                        "value must be empty when `operator` is 'Exists'"));
            }
            if (!Json.text(toleration, "effect").isEmpty()) {
                Syntax.oneOf(
                        toleration,
                        "effect",
                        at + ".effect",
                        List.of("NoExecute", "NoSchedule", "PreferNoSchedule"),
                        errors);
            }
        }
    }

    private static void gates(JsonNode gates, String path, List<FieldError> errors) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode gate : gates) {
            String at = path + "[" + index++ + "]";
            String name = Json.text(gate, "name");
            String wrong = Syntax.qualifiedName(name);
            if (wrong != null) {
                errors.add(FieldError.invalid(at, Syntax.quoted(name), wrong));
            } else if (!seen.add(name)) {
                errors.add(FieldError.duplicate(at, name));
            }
        }
    }
}
