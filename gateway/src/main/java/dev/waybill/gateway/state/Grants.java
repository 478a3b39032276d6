package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.AccessPolicy;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Escalation;
import dev.waybill.gateway.rbac.PolicyRule;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Roles and bindings hand on rights, which takes holding them, or the verbs escalate and bind
 * (pkg/registry/rbac/.../policybased). Stateless.
 */
final class Grants {
    private Grants() {}

    /** Refuses to hand on what the caller does not hold; {@code before} is null for a new object. */
    static void check(Draft draft, Caller caller, Kind kind, ObjectNode object, @Nullable ObjectNode before) {
        if (!kind.group().equals(AccessPolicy.GROUP)
                || caller.subject().isAdministrator()
                || (before != null && saysTheSame(object, before))) {
            return;
        }
        String namespace = Json.text(object, "metadata", "namespace");
        String name = Json.text(object, "metadata", "name");
        Attempt.OnResource about = new Attempt.OnResource("update", kind.group(), kind.plural(), "", namespace, name);
        switch (kind.kind()) {
            case "Role", "ClusterRole" -> role(draft, caller, about, object, before);
            case "RoleBinding", "ClusterRoleBinding" -> binding(draft, caller, about, object);
            default -> {}
        }
    }

    private static void role(
            Draft draft, Caller caller, Attempt.OnResource about, ObjectNode role, @Nullable ObjectNode before) {
        ResourceImage image = draft.image();
        if (Access.allows(image, caller.subject(), about.as("escalate"))) {
            return;
        }
        boolean gathers = AccessPolicy.gathers(role) || (before != null && AccessPolicy.gathers(before));
        List<PolicyRule> held = image.access().rights(caller.subject()).in(about.namespace());
        if (gathers && Escalation.refusal(caller.subject(), held, Escalation.EVERYTHING) != null) {
            throw Caller.forbidden(about, "must have cluster-admin privileges to use the aggregationRule")
                    .asException();
        }
        requireHeld(caller.subject(), about, held, PolicyRule.of(role));
    }

    private static void binding(Draft draft, Caller caller, Attempt.OnResource about, ObjectNode binding) {
        ResourceImage image = draft.image();
        JsonNode reference = binding.path("roleRef");
        AccessPolicy.RoleName role = AccessPolicy.role(reference, about.namespace());
        String resource = role.namespace().isEmpty() ? "clusterroles" : "roles";
        Attempt.OnResource bind =
                new Attempt.OnResource("bind", AccessPolicy.GROUP, resource, "", about.namespace(), role.name());
        if (Access.allows(image, caller.subject(), bind)) {
            return;
        }
        List<PolicyRule> granted = image.access().rules(role);
        if (granted == null) {
            throw Refusal.notFound(resource + "." + AccessPolicy.GROUP, role.name())
                    .asException();
        }
        requireHeld(
                caller.subject(), about, image.access().rights(caller.subject()).in(about.namespace()), granted);
    }

    private static void requireHeld(
            Subject subject, Attempt.OnResource about, List<PolicyRule> held, List<PolicyRule> granted) {
        String refusal = Escalation.refusal(subject, held, granted);
        if (refusal != null) {
            throw Caller.forbidden(about, refusal).asException();
        }
    }

    /** Whether only what garbage collection needs differs. */
    private static boolean saysTheSame(ObjectNode object, ObjectNode before) {
        return stripped(object).equals(stripped(before));
    }

    private static ObjectNode stripped(ObjectNode object) {
        ObjectNode copy = object.deepCopy();
        Json.child(copy, "metadata")
                .remove(List.of("ownerReferences", "finalizers", "managedFields", "resourceVersion", "generation"));
        return copy;
    }
}
