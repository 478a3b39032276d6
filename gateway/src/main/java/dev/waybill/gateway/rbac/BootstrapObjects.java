package dev.waybill.gateway.rbac;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Roles and bindings as the ones that a cluster starts with are written. Stateless. */
final class BootstrapObjects {
    static final List<String> READ = List.of("get", "list", "watch");
    static final List<String> WRITE = List.of("create", "delete", "deletecollection", "patch", "update");
    static final List<String> READ_WRITE =
            List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

    private BootstrapObjects() {}

    static PolicyRule rule(List<String> verbs, String group, String... resources) {
        return new PolicyRule(verbs, List.of(group), List.of(resources), List.of(), List.of());
    }

    static PolicyRule rule(String verb, String group, String... resources) {
        return rule(List.of(verb), group, resources);
    }

    /** A rule for some objects by their names. */
    static PolicyRule named(String verb, String group, String resource, String... names) {
        return new PolicyRule(List.of(verb), List.of(group), List.of(resource), List.of(names), List.of());
    }

    static PolicyRule paths(String... urls) {
        return new PolicyRule(List.of("get"), List.of(), List.of(), List.of(), List.of(urls));
    }

    static ObjectNode role(String name, PolicyRule... rules) {
        ObjectNode role = object("ClusterRole", name);
        ArrayNode list = role.putArray("rules");
        for (PolicyRule rule : rules) {
            list.add(rule.json());
        }
        return role;
    }

    /** A role whose rules become part of another. */
    static ObjectNode partOf(String whole, ObjectNode role) {
        labels(role).put(label(whole), "true");
        return role;
    }

    /** A role that has the rules of all its parts. */
    static ObjectNode whole(String name) {
        ObjectNode role = object("ClusterRole", name);
        role.putObject("aggregationRule")
                .putArray("clusterRoleSelectors")
                .addObject()
                .putObject("matchLabels")
                .put(label(name), "true");
        role.putArray("rules");
        return role;
    }

    static ObjectNode binding(String name, String role, ObjectNode... subjects) {
        ObjectNode binding = object("ClusterRoleBinding", name);
        binding.putObject("roleRef")
                .put("apiGroup", AccessPolicy.GROUP)
                .put("kind", "ClusterRole")
                .put("name", role);
        ArrayNode list = binding.putArray("subjects");
        for (ObjectNode subject : subjects) {
            list.add(subject);
        }
        return binding;
    }

    static ObjectNode user(String name) {
        return subject("User", name);
    }

    static ObjectNode group(String name) {
        return subject("Group", name);
    }

    private static String label(String whole) {
        return AccessPolicy.GROUP + "/aggregate-to-" + whole;
    }

    private static ObjectNode subject(String kind, String name) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("apiGroup", AccessPolicy.GROUP)
                .put("kind", kind)
                .put("name", name);
    }

    private static ObjectNode labels(ObjectNode object) {
        return (ObjectNode) object.path("metadata").path("labels");
    }

    private static ObjectNode object(String kind, String name) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("apiVersion", AccessPolicy.GROUP + "/v1").put("kind", kind);
        ObjectNode metadata = object.putObject("metadata").put("name", name);
        metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
        metadata.putObject("annotations").put(BootstrapPolicy.AUTO_UPDATE, "true");
        return object;
    }
}
