package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.LabelSelector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Deployments and ReplicaSets: a selector, a template, a number of replicas. Stateless. */
record WorkloadRules(boolean rolling) implements KindRules {
    @Override
    public void defaults(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        Json.defaultNumber(spec, "replicas", 1);
        if (spec.path("template").get("spec") instanceof ObjectNode template) {
            PodSpecRules.defaults(template);
        }
        if (!rolling) {
            return;
        }
        Json.defaultNumber(spec, "revisionHistoryLimit", 10);
        Json.defaultNumber(spec, "progressDeadlineSeconds", 600);
        ObjectNode strategy = Json.child(spec, "strategy");
        Json.defaultText(strategy, "type", "RollingUpdate");
        if (Json.text(strategy, "type").equals("RollingUpdate")) {
            ObjectNode rollingUpdate = Json.child(strategy, "rollingUpdate");
            Json.defaultText(rollingUpdate, "maxUnavailable", "25%");
            Json.defaultText(rollingUpdate, "maxSurge", "25%");
        }
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        ObjectNode status = object.putObject("status");
        if (!rolling) {
            status.put("replicas", 0);
        }
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        if (!spec.isObject()) {
            errors.add(FieldError.required("spec", ""));
            return;
        }
        Syntax.nonNegative(spec, "replicas", "spec.replicas", errors);
        Syntax.nonNegative(spec, "minReadySeconds", "spec.minReadySeconds", errors);
        Syntax.nonNegative(spec, "revisionHistoryLimit", "spec.revisionHistoryLimit", errors);
        selector(spec, "deployment", errors);
        JsonNode template = spec.path("template");
        Syntax.labels(template.path("metadata").path("labels"), "spec.template.metadata.labels", errors);
        Syntax.annotations(template.path("metadata").path("annotations"), "spec.template.metadata.annotations", errors);
        PodSpecRules.validate(template.path("spec"), "spec.template.spec", errors);
        if (!Json.text(template, "spec", "restartPolicy").equals("Always")) {
            errors.add(FieldError.notSupported(
                    "spec.template.spec.restartPolicy",
                    Json.text(template, "spec", "restartPolicy"),
                    List.of("Always")));
        }
        if (rolling) {
            strategy(spec.path("strategy"), errors);
        }
        if (old != null) {
            Syntax.immutable(spec.path("selector"), old.path("spec").path("selector"), "spec.selector", errors);
        }
    }

    @Override
    public Set<String> metadataWithStatus() {
        return rolling ? Set.of("annotations", "finalizers", "ownerReferences") : KindRules.super.metadataWithStatus();
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        return rolling
                ? Map.of()
                : Map.of("status.replicas", String.valueOf(Json.number(object.path("status"), "replicas", 0)));
    }

    /** A selector that the template's labels must match. */
    static void selector(JsonNode spec, String owner, List<FieldError> errors) {
        JsonNode selector = spec.path("selector");
        if (!selector.isObject()) {
            errors.add(FieldError.required("spec.selector", ""));
            return;
        }
        if (selector.path("matchLabels").isEmpty()
                && selector.path("matchExpressions").isEmpty()) {
            errors.add(FieldError.invalid("spec.selector", "{}", "empty selector is invalid for " + owner));
            return;
        }
        Syntax.labels(selector.path("matchLabels"), "spec.selector.matchLabels", errors);
        Map<String, String> labels = new HashMap<>();
        JsonNode carried = spec.path("template").path("metadata").path("labels");
        carried.properties().forEach(e -> labels.put(e.getKey(), e.getValue().asString("")));
        try {
            if (!LabelSelector.of(selector).matches(labels)) {
                errors.add(FieldError.invalid(
                        "spec.template.metadata.labels",
                        Syntax.shown(carried),
                        "`selector` does not match template `labels`"));
            }
        } catch (IllegalArgumentException e) {
            errors.add(FieldError.invalid("spec.selector", selector.toString(), String.valueOf(e.getMessage())));
        }
    }

    /** A selector whose operators are known. */
    static void readable(JsonNode selector, String path, List<FieldError> errors) {
        Syntax.labels(selector.path("matchLabels"), path + ".matchLabels", errors);
        try {
            LabelSelector.of(selector);
        } catch (IllegalArgumentException e) {
            errors.add(FieldError.invalid(path, selector.toString(), String.valueOf(e.getMessage())));
        }
    }

    private static void strategy(JsonNode strategy, List<FieldError> errors) {
        Syntax.oneOf(strategy, "type", "spec.strategy.type", List.of("Recreate", "RollingUpdate"), errors);
        if (Json.text(strategy, "type").equals("Recreate") && !Json.absent(strategy, "rollingUpdate")) {
            errors.add(FieldError.forbidden(
                    "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
        }
        JsonNode rollingUpdate = strategy.path("rollingUpdate");
        int unavailable = share(rollingUpdate, "maxUnavailable", errors);
        int surge = share(rollingUpdate, "maxSurge", errors);
        if (unavailable == 0 && surge == 0 && rollingUpdate.isObject()) {
            errors.add(FieldError.invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable", "0", "may not be 0 when `maxSurge` is 0"));
        }
    }

    private static int share(JsonNode rollingUpdate, String field, List<FieldError> errors) {
        JsonNode value = rollingUpdate.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        String path = "spec.strategy.rollingUpdate." + field;
        if (value.isIntegralNumber()) {
            if (value.asInt(-1) < 0) {
                errors.add(FieldError.invalid(path, value.toString(), "must be greater than or equal to 0"));
            }
            return value.asInt(0);
        }
        String text = value.asString("");
        boolean percent = text.length() >= 2
                && text.length() <= 4
                && text.endsWith("%")
                && text.chars().limit(text.length() - 1L).allMatch(c -> c >= '0' && c <= '9');
        if (!percent) {
            errors.add(FieldError.invalid(path, value.toString(), "must be an integer or percentage (e.g '5%')"));
            return 1;
        }
        return Integer.parseInt(text.substring(0, text.length() - 1));
    }
}
