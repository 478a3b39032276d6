package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events (pkg/apis/core/validation/events.go in k8s.io/kubernetes). Stateless.
 *
 * @param complete whether new ones must say all that events.k8s.io asks for
 */
record EventRules(boolean complete) implements KindRules {
    private static final int LONGEST_WORD = 128;
    private static final int LONGEST_NOTE = 1024;

    @Override
    public boolean createdByUpdate() {
        return true;
    }

    @Override
    public void defaults(ObjectNode event) {
        Json.defaultText(event, "type", "Normal");
    }

    @Override
    public void validate(ObjectNode event, @Nullable ObjectNode old, List<FieldError> errors) {
        String namespace = Json.text(event, "metadata", "namespace");
        String about = Json.text(event, "involvedObject", "namespace");
        boolean ofCluster = about.isEmpty() && namespace.equals("default");
        if (old == null && !ofCluster && !about.equals(namespace)) {
            errors.add(FieldError.invalid(
                    "involvedObject.namespace", Syntax.quoted(about), "does not match event.namespace"));
        }
    }

    @Override
    public void validateAsAsked(ObjectNode event, List<FieldError> errors) {
        if (!complete) {
            return;
        }
        if (Json.absent(event, "eventTime")) {
            errors.add(FieldError.required("eventTime", ""));
        }
        String controller = Json.text(event, "reportingController");
        String wrong = controller.isEmpty() ? null : Syntax.qualifiedName(controller);
        if (controller.isEmpty()) {
            errors.add(FieldError.required("reportingController", ""));
        } else if (wrong != null) {
            errors.add(FieldError.invalid("reportingController", Syntax.quoted(controller), wrong));
        }
        for (String field : List.of("reportingInstance", "action", "reason")) {
            String text = Json.text(event, field);
            if (text.isEmpty()) {
                errors.add(FieldError.required(field, ""));
            } else if (text.length() > LONGEST_WORD) {
                errors.add(FieldError.invalid(field, "\"\"", "can have at most " + LONGEST_WORD + " characters"));
            }
        }
        if (Json.text(event, "note").length() > LONGEST_NOTE) {
            errors.add(FieldError.invalid("message", "\"\"", "can have at most " + LONGEST_NOTE + " characters"));
        }
        String type = Json.text(event, "type");
        if (!type.equals("Normal") && !type.equals("Warning")) {
            errors.add(FieldError.invalid("type", "\"\"", "has invalid value: " + type));
        }
        for (String field : List.of("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount")) {
            JsonNode value = event.path(field);
            if (!Json.absent(event, field) && !(value.isNumber() && value.asLong(0) == 0)) {
                String old = field.substring("deprecated".length());
                errors.add(FieldError.invalid(
                        Character.toLowerCase(old.charAt(0)) + old.substring(1), "\"\"", "needs to be unset"));
            }
        }
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode event) {
        JsonNode about = event.path("involvedObject");
        return Map.ofEntries(
                Map.entry("involvedObject.kind", Json.text(about, "kind")),
                Map.entry("involvedObject.namespace", Json.text(about, "namespace")),
                Map.entry("involvedObject.name", Json.text(about, "name")),
                Map.entry("involvedObject.uid", Json.text(about, "uid")),
                Map.entry("involvedObject.apiVersion", Json.text(about, "apiVersion")),
                Map.entry("involvedObject.resourceVersion", Json.text(about, "resourceVersion")),
                Map.entry("involvedObject.fieldPath", Json.text(about, "fieldPath")),
                Map.entry("reason", Json.text(event, "reason")),
                Map.entry("reportingComponent", Json.text(event, "reportingComponent")),
                Map.entry("source", Json.text(event, "source", "component")),
                Map.entry("type", Json.text(event, "type")));
    }
}
