package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.Authorizer;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.kafka.ResourceTail;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Who am I, and what may I do: reviews are answered at once and never stored. Thread-safe. */
final class SelfReviews {
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
            default -> {
                return false;
            }
        }
        return true;
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
