package dev.waybill.gateway.rbac;

import static dev.waybill.gateway.rbac.BootstrapObjects.binding;
import static dev.waybill.gateway.rbac.BootstrapObjects.group;
import static dev.waybill.gateway.rbac.BootstrapObjects.user;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The roles and bindings that every cluster has, and how one that exists is brought up to date: what is missing is
 * added, what others added stays, unless the object asks to be left alone. Stateless.
 */
public final class BootstrapPolicy {
    /** Set to "false" on a role or binding that is not to be brought up to date. */
    public static final String AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

    private BootstrapPolicy() {}

    /** Every object, roles first. */
    public static List<ObjectNode> objects() {
        List<ObjectNode> objects = new ArrayList<>(UserRoles.all());
        objects.addAll(ServiceRoles.all());
        objects.addAll(bindings());
        return objects;
    }

    private static List<ObjectNode> bindings() {
        return List.of(
                binding("cluster-admin", "cluster-admin", group(Subject.ADMINISTRATORS)),
                binding("system:basic-user", "system:basic-user", group(Subject.AUTHENTICATED)),
                binding("system:discovery", "system:discovery", group(Subject.AUTHENTICATED)),
                binding(
                        "system:public-info-viewer",
                        "system:public-info-viewer",
                        group(Subject.AUTHENTICATED),
                        group(Subject.UNAUTHENTICATED)),
                binding(
                        "system:waybill:public-discovery",
                        "system:waybill:public-discovery",
                        group(Subject.UNAUTHENTICATED)),
                binding("system:monitoring", "system:monitoring", group("system:monitoring")),
                binding(
                        "system:service-account-issuer-discovery",
                        "system:service-account-issuer-discovery",
                        group(Subject.SERVICE_ACCOUNTS)),
                binding(Subject.SCHEDULER, Subject.SCHEDULER, user(Subject.SCHEDULER)),
                binding("system:waybill:quota", "system:waybill:quota", user("system:waybill:quota")),
                binding(Subject.EVENTS, Subject.EVENTS, user(Subject.EVENTS)),
                binding(Subject.TOKENS, Subject.TOKENS, user(Subject.TOKENS)),
                binding(Subject.CERTIFICATES, Subject.CERTIFICATES, user(Subject.CERTIFICATES)),
                binding("system:waybill:nodes", "system:waybill:nodes", group(Subject.NODES)),
                binding(Subject.PUBLISHER + "local", "edit", user(Subject.PUBLISHER + "local")));
    }

    /** The object as it should be from now on; null when it may stay as it is. */
    public static @Nullable ObjectNode reconciled(ObjectNode expected, JsonNode present) {
        if (present.path("metadata")
                .path("annotations")
                .path(AUTO_UPDATE)
                .asString("")
                .equals("false")) {
            return null;
        }
        ObjectNode next = (ObjectNode) present.deepCopy();
        for (String field : List.of("labels", "annotations")) {
            ObjectNode metadata = (ObjectNode) next.path("metadata");
            ObjectNode values = metadata.get(field) instanceof ObjectNode had ? had : metadata.putObject(field);
            expected.path("metadata").path(field).properties().forEach(value -> {
                if (!values.has(value.getKey())) {
                    values.set(value.getKey(), value.getValue());
                }
            });
        }
        if (expected.has("roleRef")) {
            add(next, "subjects", expected.path("subjects"));
        } else if (expected.has("aggregationRule")) {
            ObjectNode rule =
                    next.get("aggregationRule") instanceof ObjectNode had ? had : next.putObject("aggregationRule");
            add(rule, "clusterRoleSelectors", expected.path("aggregationRule").path("clusterRoleSelectors"));
        } else {
            ArrayNode rules = next.get("rules") instanceof ArrayNode had ? had : next.putArray("rules");
            Escalation.missing(PolicyRule.of(present), PolicyRule.of(expected)).forEach(rule -> rules.add(rule.json()));
        }
        return next.equals(present) ? null : next;
    }

    private static void add(ObjectNode object, String field, JsonNode wanted) {
        ArrayNode list = object.get(field) instanceof ArrayNode had ? had : object.putArray(field);
        for (JsonNode each : wanted) {
            if (list.valueStream().noneMatch(each::equals)) {
                list.add(each);
            }
        }
    }
}
