package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Kinds that set amounts of resources: ResourceQuota, LimitRange, QuotaPool. Stateless. */
enum AmountRules implements KindRules {
    RESOURCE_QUOTA {
        /** Names without a domain that a quota may have, besides those of huge pages. */
        private static final Set<String> STANDARD = Set.of(
                "configmaps",
                "cpu",
                "ephemeral-storage",
                "limits.cpu",
                "limits.ephemeral-storage",
                "limits.memory",
                "memory",
                "persistentvolumeclaims",
                "pods",
                "replicationcontrollers",
                "requests.cpu",
                "requests.ephemeral-storage",
                "requests.memory",
                "requests.storage",
                "resourcequotas",
                "secrets",
                "services",
                "services.loadbalancers",
                "services.nodeports");

        private static final Set<String> COUNTS = Set.of(
                "configmaps",
                "persistentvolumeclaims",
                "pods",
                "replicationcontrollers",
                "resourcequotas",
                "secrets",
                "services",
                "services.loadbalancers",
                "services.nodeports");

        private static final List<String> SCOPES =
                List.of("BestEffort", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating");

        private static final Set<String> OF_PODS =
                Set.of("pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");

        @Override
        public void defaults(ObjectNode quota) {
            ContainerRules.canonical(quota.path("spec").path("hard"));
        }

        @Override
        public void prepareForCreate(ObjectNode quota) {
            quota.putObject("status");
        }

        @Override
        public void validate(ObjectNode quota, @Nullable ObjectNode old, List<FieldError> errors) {
            JsonNode spec = quota.path("spec");
            for (Map.Entry<String, JsonNode> hard : spec.path("hard").properties()) {
                String path = "spec.hard[" + hard.getKey() + "]";
                name(hard.getKey(), path, errors);
                Syntax.amount(hard.getValue(), path, errors);
                if (COUNTS.contains(hard.getKey()) && !whole(hard.getValue())) {
                    errors.add(FieldError.invalid(path, Syntax.shown(hard.getValue()), "must be an integer"));
                }
            }
            scopes(spec, errors);
            if (old != null) {
                Syntax.immutable(spec.path("scopes"), old.path("spec").path("scopes"), "spec.scopes", errors);
            }
        }

        private void name(String name, String path, List<FieldError> errors) {
            String wrong = Syntax.qualifiedName(name);
            String plain = name.startsWith("requests.") ? name.substring("requests.".length()) : name;
            if (wrong != null) {
                errors.add(FieldError.invalid(path, Syntax.quoted(name), wrong));
            } else if (!name.contains("/") && !STANDARD.contains(name) && !plain.startsWith("hugepages-")) {
                errors.add(FieldError.invalid(path, Syntax.quoted(name), "must be a standard resource for quotas"));
            }
        }

        private boolean whole(JsonNode amount) {
            return Quantity.tryParse(amount.asString(""))
                    .map(quantity -> quantity.amount().stripTrailingZeros().scale() <= 0)
                    .orElse(true);
        }

        /** Scopes are about pods, and those that contradict each other about none. */
        private void scopes(JsonNode spec, List<FieldError> errors) {
            Set<String> names = new TreeSet<>();
            int index = 0;
            for (JsonNode scope : spec.path("scopes")) {
                String name = scope.asString("");
                names.add(name);
                known(name, "spec.scopes[" + index++ + "]", errors);
            }
            index = 0;
            for (JsonNode expression : spec.path("scopeSelector").path("matchExpressions")) {
                String at = "spec.scopeSelector.matchExpressions[" + index++ + "]";
                String name = Json.text(expression, "scopeName");
                names.add(name);
                known(name, at + ".scopeName", errors);
                boolean priority = name.equals("PriorityClass");
                Syntax.oneOf(
                        expression,
                        "operator",
                        at + ".operator",
                        priority ? List.of("DoesNotExist", "Exists", "In", "NotIn") : List.of("Exists"),
                        errors);
            }
            if (names.containsAll(List.of("BestEffort", "NotBestEffort"))
                    || names.containsAll(List.of("Terminating", "NotTerminating"))) {
                errors.add(FieldError.invalid("spec.scopes", spec.path("scopes").toString(), "conflicting scopes"));
            }
            for (String hard :
                    names.isEmpty() ? List.<String>of() : spec.path("hard").propertyNames()) {
                boolean ofPods = OF_PODS.contains(hard) && (hard.equals("pods") || !names.contains("BestEffort"));
                if (!ofPods) {
                    errors.add(FieldError.invalid(
                            "spec.scopes",
                            spec.path("scopes").toString(),
                            "unsupported scope applied to resource " + hard));
                }
            }
        }

        private void known(String name, String at, List<FieldError> errors) {
            if (!SCOPES.contains(name)) {
                errors.add(FieldError.notSupported(at, name, SCOPES));
            }
        }
    },

    LIMIT_RANGE {
        @Override
        public void defaults(ObjectNode range) {
            for (ObjectNode limit : Json.objects(range.path("spec").path("limits"))) {
                for (String field : List.of("max", "min", "default", "defaultRequest")) {
                    ContainerRules.canonical(limit.path(field));
                }
                if (Json.text(limit, "type").equals("Container")) {
                    inherit(limit, "max", "default");
                    inherit(limit, "default", "defaultRequest");
                    inherit(limit, "min", "defaultRequest");
                }
            }
        }

        private void inherit(ObjectNode limit, String from, String to) {
            for (Map.Entry<String, JsonNode> amount : limit.path(from).properties()) {
                ObjectNode target = Json.child(limit, to);
                if (!target.has(amount.getKey())) {
                    target.set(amount.getKey(), amount.getValue());
                }
            }
        }

        @Override
        public void validate(ObjectNode range, @Nullable ObjectNode old, List<FieldError> errors) {
            int index = 0;
            for (JsonNode limit : range.path("spec").path("limits")) {
                String at = "spec.limits[" + index++ + "]";
                if (Json.text(limit, "type").isEmpty()) {
                    errors.add(FieldError.required(at + ".type", ""));
                } else {
                    Syntax.oneOf(
                            limit, "type", at + ".type", List.of("Container", "PersistentVolumeClaim", "Pod"), errors);
                }
                for (String field : List.of("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")) {
                    for (Map.Entry<String, JsonNode> amount : limit.path(field).properties()) {
                        Syntax.amount(amount.getValue(), at + "." + field + "[" + amount.getKey() + "]", errors);
                    }
                }
                ordered(limit, "min", "max", at, errors);
                ordered(limit, "min", "default", at, errors);
                ordered(limit, "defaultRequest", "default", at, errors);
                ordered(limit, "default", "max", at, errors);
            }
        }

        private void ordered(JsonNode limit, String low, String high, String path, List<FieldError> errors) {
            for (Map.Entry<String, JsonNode> amount : limit.path(low).properties()) {
                String name = amount.getKey();
                Quantity a = Quantity.tryParse(amount.getValue().asString("")).orElse(null);
                Quantity b = Quantity.tryParse(limit.path(high).path(name).asString(""))
                        .orElse(null);
                if (a != null && b != null && a.compareTo(b) > 0) {
                    errors.add(FieldError.invalid(
                            path + "." + low + "[" + name + "]",
                            Syntax.quoted(a.toString()),
                            low + " value " + a + " is greater than " + high + " value " + b));
                }
            }
        }
    },

    QUOTA_POOL {
        private static final List<String> RESOURCES = List.of("cpu", "memory", "pods");

        @Override
        public Set<String> metadataWithStatus() {
            return Set.of();
        }

        @Override
        public void defaults(ObjectNode pool) {
            ContainerRules.canonical(pool.path("spec").path("capacity"));
        }

        @Override
        public void validate(ObjectNode pool, @Nullable ObjectNode old, List<FieldError> errors) {
            JsonNode spec = pool.path("spec");
            if (!spec.path("capacity").isObject() || spec.path("capacity").isEmpty()) {
                errors.add(FieldError.required("spec.capacity", ""));
            }
            for (Map.Entry<String, JsonNode> amount : spec.path("capacity").properties()) {
                String path = "spec.capacity[" + amount.getKey() + "]";
                if (!RESOURCES.contains(amount.getKey())) {
                    errors.add(FieldError.notSupported(path, amount.getKey(), RESOURCES));
                }
                Syntax.amount(amount.getValue(), path, errors);
            }
            int index = 0;
            for (JsonNode namespace : spec.path("namespaces")) {
                String wrong = namespace.isString() ? Syntax.dnsLabel(namespace.stringValue()) : "must be a string";
                if (wrong != null) {
                    errors.add(FieldError.invalid("spec.namespaces[" + index + "]", Syntax.shown(namespace), wrong));
                }
                index++;
            }
        }
    }
}
