package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Namespaces, Nodes and what stands for the whole cluster. Stateless. */
enum ClusterRules implements KindRules {
    NAMESPACE {
        /** The finalizer that holds a namespace until what it contains is gone. */
        private static final String CONTENT = "kubernetes";

        @Override
        public void defaults(ObjectNode namespace) {
            String name = Json.text(namespace, "metadata", "name");
            if (!name.isEmpty()) {
                Json.child(Json.child(namespace, "metadata"), "labels").put("kubernetes.io/metadata.name", name);
            }
        }

        @Override
        public void prepareForCreate(ObjectNode namespace) {
            ArrayNode finalizers = Json.childArray(Json.child(namespace, "spec"), "finalizers");
            if (finalizers.valueStream().noneMatch(each -> each.asString("").equals(CONTENT))) {
                finalizers.add(CONTENT);
            }
            namespace.putObject("status").put("phase", "Active");
        }

        @Override
        public void prepareForUpdate(ObjectNode namespace, ObjectNode old) {
            namespace.set("spec", old.path("spec").deepCopy());
        }

        @Override
        public @Nullable ObjectNode throughSubresource(String subresource, ObjectNode before, ObjectNode asked) {
            if (!subresource.equals("finalize")) {
                return null;
            }
            before.set("spec", asked.path("spec").deepCopy());
            return before;
        }

        @Override
        public void validate(ObjectNode namespace, @Nullable ObjectNode old, List<FieldError> errors) {
            int index = 0;
            for (JsonNode finalizer : namespace.path("spec").path("finalizers")) {
                String wrong =
                        finalizer.isString() ? Syntax.qualifiedName(finalizer.stringValue()) : "must be a string";
                if (wrong != null) {
                    errors.add(FieldError.invalid("spec.finalizers[" + index + "]", Syntax.shown(finalizer), wrong));
                }
                index++;
            }
        }

        @Override
        public void validateSubresource(ObjectNode namespace, ObjectNode old, List<FieldError> errors) {
            validate(namespace, old, errors);
        }

        @Override
        public Map<String, String> selectableFields(ObjectNode namespace) {
            return Map.of("status.phase", Json.text(namespace, "status", "phase"));
        }
    },

    NODE {
        @Override
        public void validate(ObjectNode node, @Nullable ObjectNode old, List<FieldError> errors) {
            int index = 0;
            for (JsonNode taint : node.path("spec").path("taints")) {
                String at = "spec.taints[" + index++ + "]";
                String wrong = Syntax.qualifiedName(Json.text(taint, "key"));
                if (wrong != null) {
                    errors.add(FieldError.invalid(at + ".key", Syntax.shown(taint.path("key")), wrong));
                }
                if (Json.text(taint, "effect").isEmpty()) {
                    errors.add(FieldError.required(at + ".effect", ""));
                } else {
                    Syntax.oneOf(
                            taint,
                            "effect",
                            at + ".effect",
                            List.of("NoExecute", "NoSchedule", "PreferNoSchedule"),
                            errors);
                }
            }
            for (String field : List.of("capacity", "allocatable")) {
                for (Map.Entry<String, JsonNode> amount :
                        node.path("status").path(field).properties()) {
                    Syntax.amount(amount.getValue(), "status." + field + "[" + amount.getKey() + "]", errors);
                }
            }
        }

        @Override
        public void validateStatus(ObjectNode node, ObjectNode old, List<FieldError> errors) {
            validate(node, null, errors);
        }

        @Override
        public Map<String, String> selectableFields(ObjectNode node) {
            return Map.of(
                    "spec.unschedulable",
                    String.valueOf(node.path("spec").path("unschedulable").asBoolean(false)));
        }
    },

    PRIORITY_CLASS {
        private static final long HIGHEST = 1_000_000_000;
        private static final List<String> POLICIES = List.of("Never", "PreemptLowerPriority");

        /** The value of a class that every cluster has; null for any other. */
        private static @Nullable Long systemValue(String name) {
            return switch (name) {
                case "system-cluster-critical" -> 2_000_000_000L;
                case "system-node-critical" -> 2_000_001_000L;
                default -> null;
            };
        }

        @Override
        public void defaults(ObjectNode object) {
            if (Json.absent(object, "preemptionPolicy")) {
                object.put("preemptionPolicy", "PreemptLowerPriority");
            }
        }

        @Override
        public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
            String name = Json.text(object, "metadata", "name");
            if (!object.path("value").isIntegralNumber()) {
                errors.add(FieldError.required("value", ""));
            }
            if (name.startsWith("system-")) {
                reserved(name, object, errors);
            } else if (old == null && object.path("value").asLong(0) > HIGHEST) {
                errors.add(FieldError.forbidden(
                        "value", "maximum allowed value of a user defined priority is " + HIGHEST));
            }
            String policy = Json.text(object, "preemptionPolicy");
            if (!POLICIES.contains(policy)) {
                errors.add(FieldError.notSupported("preemptionPolicy", policy, POLICIES));
            }
            if (old != null && !policy.equals(Json.text(old, "preemptionPolicy"))) {
                errors.add(FieldError.forbidden("preemptionPolicy", "may not be changed in an update."));
            }
            if (old != null && !Json.same(object.path("value"), old.path("value"))) {
                errors.add(FieldError.forbidden("value", "may not be changed in an update."));
            }
        }

        /** One of the system's own may be written again as it is. */
        private static void reserved(String name, ObjectNode object, List<FieldError> errors) {
            Long value = systemValue(name);
            String wrong = value == null
                    ? name + " is not a known system priority class"
                    : object.path("value").asLong(0) != value
                            ? "value of " + name + " PriorityClass must be " + value
                            : object.path("globalDefault").asBoolean(false)
                                    ? "globalDefault of " + name + " PriorityClass must be false"
                                    : null;
            if (wrong != null) {
                errors.add(FieldError.forbidden(
                        "metadata.name",
                        "priority class names with 'system-' prefix are reserved for system use only. error: "
                                + wrong));
            }
        }
    },

    RUNTIME_CLASS {
        @Override
        public void defaults(ObjectNode object) {
            ContainerRules.canonical(object.path("overhead").path("podFixed"));
        }

        @Override
        public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
            String handler = Json.text(object, "handler");
            String wrong = Syntax.dnsLabel(handler);
            if (wrong != null) {
                errors.add(FieldError.invalid("handler", Syntax.quoted(handler), wrong));
            }
            object.path("overhead")
                    .path("podFixed")
                    .properties()
                    .forEach(amount ->
                            Syntax.amount(amount.getValue(), "overhead.podFixed[" + amount.getKey() + "]", errors));
            JsonNode scheduling = object.path("scheduling");
            Syntax.labels(scheduling.path("nodeSelector"), "scheduling.nodeSelector", errors);
            PodSpecRules.tolerations(scheduling.path("tolerations"), "scheduling.tolerations", errors);
            if (old != null) {
                Syntax.immutable(object.path("handler"), old.path("handler"), "handler", errors);
            }
        }
    }
}
