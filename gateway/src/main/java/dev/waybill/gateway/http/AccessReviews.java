package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.PolicyRule;
import dev.waybill.gateway.rbac.Rights;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.Access;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** May he? The access reviews of authorization.k8s.io, answered at once and never stored. Thread-safe. */
final class AccessReviews {
    private static final List<String> EVERYTHING = List.of("*");

    private final ResourceTail tail;

    AccessReviews(ResourceTail tail) {
        this.tail = tail;
    }

    /** Answers for the caller itself. */
    void self(Identity caller, ObjectNode review) {
        decide(caller.subject(), review);
    }

    /** Answers for the subject that the review names; {@code namespace} is empty for all. */
    void subject(ObjectNode review, String namespace) {
        JsonNode spec = review.path("spec");
        String user = Json.text(spec, "user");
        if (user.isEmpty() && spec.path("groups").isEmpty()) {
            throw invalid(review, "spec.user", "at least one of user or group must be specified");
        }
        String asked = Json.text(spec, "resourceAttributes", "namespace");
        if (!namespace.isEmpty() && !asked.equals(namespace)) {
            throw invalid(review, "spec.resourceAttributes.namespace", "must match metadata.namespace");
        }
        Set<String> groups = new LinkedHashSet<>();
        spec.path("groups").forEach(group -> groups.add(group.asString("")));
        decide(new Subject(user, groups), review);
    }

    private void decide(Subject subject, ObjectNode review) {
        JsonNode spec = review.path("spec");
        boolean onResource = spec.path("resourceAttributes").isObject();
        if (onResource == spec.path("nonResourceAttributes").isObject()) {
            throw invalid(
                    review,
                    "spec.resourceAttributes",
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }
        JsonNode asked = spec.path(onResource ? "resourceAttributes" : "nonResourceAttributes");
        Attempt attempt = onResource
                ? new Attempt.OnResource(
                        Json.text(asked, "verb"),
                        Json.text(asked, "group"),
                        Json.text(asked, "resource"),
                        Json.text(asked, "subresource"),
                        Json.text(asked, "namespace"),
                        Json.text(asked, "name"))
                : new Attempt.OnPath(Json.text(asked, "verb").toLowerCase(Locale.ROOT), Json.text(asked, "path"));
        ResourceImage image = tail.image();
        boolean allowed = Access.allows(image, subject, attempt);
        ObjectNode status = review.putObject("status").put("allowed", allowed);
        List<String> problems = image.access().rights(subject).problems();
        if (!allowed && !problems.isEmpty()) {
            status.put("evaluationError", String.join(", ", problems));
        }
    }

    /** Every rule that the caller has in a namespace. */
    void rules(Identity caller, ObjectNode review) {
        String namespace = Json.text(review, "spec", "namespace");
        if (namespace.isEmpty()) {
            throw ApiException.badRequest("no namespace on request");
        }
        Rights rights = tail.image().access().rights(caller.subject());
        ObjectNode status = review.putObject("status");
        ArrayNode onResources = status.putArray("resourceRules");
        ArrayNode onPaths = status.putArray("nonResourceRules");
        if (caller.subject().isAdministrator()) {
            add(onResources, new PolicyRule(EVERYTHING, EVERYTHING, EVERYTHING, List.of(), List.of()));
            add(onPaths, new PolicyRule(EVERYTHING, List.of(), List.of(), List.of(), EVERYTHING));
        }
        for (PolicyRule rule : rights.in(namespace)) {
            add(rule.nonResourceUrls().isEmpty() ? onResources : onPaths, rule);
        }
        status.put("incomplete", false);
    }

    private static void add(ArrayNode rules, PolicyRule rule) {
        ObjectNode json = rule.json();
        if (rules.valueStream().noneMatch(json::equals)) {
            rules.add(json);
        }
    }

    private static ApiException invalid(ObjectNode review, String field, String detail) {
        return ApiException.of(
                422,
                "Invalid",
                Json.text(review, "kind") + ".authorization.k8s.io \"\" is invalid: " + field + ": Invalid value: "
                        + review.at("/" + field.replace('.', '/')) + ": " + detail);
    }
}
