package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.auth.BearerTokens;
import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Questions in the form of objects, which are answered at once and never stored: who am I, whose token is this, and may
 * he. The caller's right to ask has been checked. Thread-safe.
 */
final class Reviews {
    private final AccessReviews access;
    private final BearerTokens tokens;
    private final AccountTokens accounts;

    Reviews(ResourceTail tail, BearerTokens tokens, AccountTokens accounts) {
        this.access = new AccessReviews(tail);
        this.tokens = tokens;
        this.accounts = accounts;
    }

    /** Whether a kind is asked and never stored. */
    static boolean concerns(Kind kind) {
        return kind.verbs().equals(List.of("create"));
    }

    void answer(ApiCall call) throws IOException {
        if (call.negotiation().form() == Negotiation.Form.TABLE) {
            throw ApiException.of(
                    406,
                    "NotAcceptable",
                    "the resource " + call.kind().qualifiedResource() + " does not support being converted to a Table");
        }
        ObjectNode review = asked(call);
        switch (call.kind().kind()) {
            case "SelfSubjectReview" ->
                review.putObject("status").set("userInfo", AccountTokens.userInfo(call.identity()));
            case "TokenReview" -> token(review);
            case "SelfSubjectAccessReview" -> access.self(call.identity(), review);
            case "SubjectAccessReview" -> access.subject(review, "");
            case "LocalSubjectAccessReview" ->
                access.subject(review, call.path().namespace());
            case "SelfSubjectRulesReview" -> access.rules(call.identity(), review);
            default -> throw ApiException.notFound();
        }
        ObjectWriter.text(call.response(), call.negotiation().encoding(), 201, review.toString());
    }

    private static ObjectNode asked(ApiCall call) throws IOException {
        BodyReader.Body read = BodyReader.body(call);
        if (!(read.tree() instanceof ObjectNode body)) {
            throw ApiException.badRequest("the body must be a JSON object");
        }
        ManifestChecks.kind(call.kind(), body);
        ManifestChecks.fields(call, body, false, read.duplicates());
        ObjectNode review = Json.object()
                .put("kind", call.kind().kind())
                .put("apiVersion", call.kind().apiVersion());
        ObjectNode metadata = review.putObject("metadata");
        if (body.get("metadata") instanceof ObjectNode given) {
            metadata.setAll(given);
        }
        metadata.put(
                "creationTimestamp",
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        JsonNode spec = body.path("spec");
        review.set("spec", spec.isObject() ? spec : Json.object());
        return review;
    }

    private void token(ObjectNode review) {
        JsonNode spec = review.path("spec");
        String token = Json.text(spec, "token");
        List<String> wanted = spec.path("audiences")
                .valueStream()
                .map(audience -> audience.asString(""))
                .toList();
        List<String> audiences = wanted.isEmpty() ? accounts.audiences() : wanted;
        if (token.isEmpty()) {
            throw ApiException.badRequest("token is required for TokenReview in authentication");
        }
        Optional<AccountTokens.Verified> account = accounts.verify(token, audiences);
        Optional<Identity> identity = account.map(AccountTokens.Verified::identity)
                .or(() -> wanted.isEmpty() ? tokens.identity(token) : Optional.empty());
        ObjectNode status = review.putObject("status");
        if (identity.isEmpty()) {
            status.putObject("user");
            status.put("error", "invalid bearer token");
            return;
        }
        status.put("authenticated", true);
        status.set("user", AccountTokens.userInfo(identity.get()));
        account.map(AccountTokens.Verified::audiences)
                .orElse(accounts.audiences())
                .forEach(status.putArray("audiences")::add);
    }
}
