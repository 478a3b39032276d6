package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.Authorizer;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.kafka.ResourceTail;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Who am I, and what may I do: reviews are answered at once and never stored. Thread-safe. */
final class SelfReviews {
    private static final List<String> VERBS =
            List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

    private final Authorizer authorizer;
    private final ResourceTail tail;

    SelfReviews(Authorizer authorizer, ResourceTail tail) {
        this.authorizer = authorizer;
        this.tail = tail;
    }

    /** Answers a review; false when the path is about something else. */
    boolean answer(HttpServletRequest request, HttpServletResponse response, Identity identity, ResourcePath path)
            throws IOException {
        if (!request.getMethod().equals("POST") || !path.version().equals("v1")) {
            return false;
        }
        switch (path.group() + "/" + path.resource()) {
            case "authentication.k8s.io/selfsubjectreviews" -> {
                ObjectNode review = review("authentication.k8s.io/v1", "SelfSubjectReview");
                ObjectNode user = review.putObject("status").putObject("userInfo");
                user.put("username", identity.user());
                ArrayNode groups = user.putArray("groups");
                identity.groups().stream().sorted().forEach(groups::add);
                ObjectWriter.json(response, 201, review);
            }
            case "authorization.k8s.io/selfsubjectaccessreviews" -> {
                JsonNode asked = BodyReader.read(request).path("spec");
                ObjectNode review = review("authorization.k8s.io/v1", "SelfSubjectAccessReview");
                review.set("spec", asked.isObject() ? asked : Json.object());
                review.putObject("status").put("allowed", allowed(identity, asked.path("resourceAttributes")));
                ObjectWriter.json(response, 201, review);
            }
            case "authorization.k8s.io/subjectaccessreviews", "authorization.k8s.io/localsubjectaccessreviews" -> {
                mayReview(identity, path);
                JsonNode asked = BodyReader.read(request).path("spec");
                boolean local = path.resource().startsWith("local");
                ObjectNode review =
                        review("authorization.k8s.io/v1", local ? "LocalSubjectAccessReview" : "SubjectAccessReview");
                review.set("spec", asked.isObject() ? asked : Json.object());
                Set<String> groups = new HashSet<>();
                asked.path("groups").forEach(group -> groups.add(group.asString("")));
                Identity subject = new Identity(Json.text(asked, "user"), groups);
                review.putObject("status").put("allowed", allowed(subject, asked.path("resourceAttributes")));
                ObjectWriter.json(response, 201, review);
            }
            case "authentication.k8s.io/tokenreviews" -> {
                mayReview(identity, path);
                ObjectNode review = review("authentication.k8s.io/v1", "TokenReview");
                review.set("spec", Json.object());
                review.putObject("status").put("authenticated", false).put("error", "tokens are not accepted here");
                ObjectWriter.json(response, 201, review);
            }
            case "authorization.k8s.io/selfsubjectrulesreviews" -> {
                JsonNode asked = BodyReader.read(request).path("spec");
                ObjectNode review = review("authorization.k8s.io/v1", "SelfSubjectRulesReview");
                review.putObject("spec");
                rules(identity, Json.text(asked, "namespace"), review.putObject("status"));
                ObjectWriter.json(response, 201, review);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What the caller may do to each kind, found by asking. */
    private void rules(Identity identity, String namespace, ObjectNode status) {
        ArrayNode rules = status.putArray("resourceRules");
        status.putArray("nonResourceRules");
        status.put("incomplete", false);
        for (Kind kind : tail.image().kinds().all()) {
            ObjectNode attributes = Json.object()
                    .put("group", kind.group())
                    .put("resource", kind.plural())
                    .put("namespace", kind.namespaced() ? namespace : "");
            List<String> verbs = VERBS.stream()
                    .filter(verb -> allowed(identity, attributes.put("verb", verb)))
                    .toList();
            if (!verbs.isEmpty()) {
                ObjectNode rule = rules.addObject();
                verbs.forEach(rule.putArray("verbs")::add);
                rule.putArray("apiGroups").add(kind.group());
                rule.putArray("resources").add(kind.plural());
            }
        }
    }

    /** Asking about others takes the right to. */
    private void mayReview(Identity identity, ResourcePath path) {
        ObjectNode attempt = Json.object()
                .put("group", path.group())
                .put("resource", path.resource())
                .put("namespace", path.namespace())
                .put("verb", "create");
        if (!allowed(identity, attempt)) {
            throw ApiException.of(
                    403,
                    "Forbidden",
                    path.resource() + "." + path.group() + " is forbidden: User \"" + identity.user()
                            + "\" cannot create resource \"" + path.resource() + "\" in API group \"" + path.group()
                            + "\"");
        }
    }

    private boolean allowed(Identity identity, JsonNode attributes) {
        ResourceKey key = new ResourceKey(
                Json.text(attributes, "group"),
                Json.text(attributes, "resource"),
                Json.text(attributes, "namespace"),
                Json.text(attributes, "name"));
        return authorizer.allows(new Authorizer.Attempt(
                identity.user(),
                identity.groups(),
                Json.text(attributes, "verb"),
                key,
                Json.text(attributes, "subresource"),
                tail.image()));
    }

    private static ObjectNode review(String apiVersion, String kind) {
        ObjectNode review = Json.object().put("kind", kind).put("apiVersion", apiVersion);
        review.putObject("metadata")
                .put(
                        "creationTimestamp",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return review;
    }
}
