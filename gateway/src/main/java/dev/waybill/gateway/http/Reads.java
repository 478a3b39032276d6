package dev.waybill.gateway.http;

import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.Scale;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * GET and LIST. Without a resourceVersion they see everything that was committed before; with 0, whatever is at hand;
 * with N, nothing older than N. Thread-safe.
 */
final class Reads {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How long a revision that nobody has seen yet is waited for, as by Kubernetes' watch cache. */
    private static final Duration PATIENCE_FOR_REVISION = Duration.ofSeconds(3);

    /** The revision of a token that goes on with whatever is there now. */
    private static final long INCONSISTENT = -1;

    private final ResourceTail tail;
    private final ObjectWriter writer;
    private final Conversions conversions;

    Reads(ResourceTail tail, ObjectWriter writer, Conversions conversions) {
        this.tail = tail;
        this.writer = writer;
        this.conversions = conversions;
    }

    void get(ApiCall call) throws IOException {
        StoredObject object = conversions.shown(call, existing(image(call), call));
        switch (call.path().subresource()) {
            case "", "status", "approval", "ephemeralcontainers", "resize" -> writer.object(call, 200, object);
            case "scale" -> ObjectWriter.json(call.response(), 200, Scale.of(call.kind(), object));
            default ->
                throw ApiException.of(
                        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        }
    }

    void list(ApiCall call) throws IOException {
        ListOptions.checkList(call);
        ObjectFilter filter = filter(call);
        long limit = call.number("limit", 0);
        String token = call.query("continue");
        ResourceImage image;
        String after = "";
        if (token.isEmpty()) {
            image = call.query("resourceVersionMatch").equals("Exact") ? exact(call) : image(call);
        } else {
            ObjectNode position = decoded(token);
            after = position.path("after").asString("");
            long revision = position.path("revision").asLong();
            image = revision == INCONSISTENT ? newest(call.deadline()) : pinned(revision, after);
        }
        List<StoredObject> page = new ArrayList<>();
        String next = "";
        long remaining = 0;
        List<StoredObject> candidates = candidates(image, call, filter);
        if (filter.looksInside()) {
            candidates = conversions.shown(call, candidates);
        }
        for (StoredObject object : candidates) {
            if (object.key().logKey().compareTo(after) <= 0 || !filter.matches(object)) {
                continue;
            }
            if (limit > 0 && page.size() == limit) {
                remaining++;
            } else {
                page.add(object);
            }
        }
        if (remaining > 0) {
            tail.pin(image);
            next = encoded(image.revision(), page.getLast().key().logKey());
        }
        writer.list(call, conversions.shown(call, page), image.revision(), next, remaining);
    }

    /** The image of just the revision that is asked for. */
    private ResourceImage exact(ApiCall call) {
        ResourceImage image = image(call);
        long revision = revision(call.query("resourceVersion"));
        ResourceImage found = image.revision() == revision ? image : tail.pinned(revision);
        if (found == null) {
            throw ApiException.of(410, "Expired", "The resourceVersion for the provided list is too old.");
        }
        return found;
    }

    /** The image that a list began with, so that all its pages show one revision. */
    private ResourceImage pinned(long revision, String after) {
        ResourceImage image = tail.pinned(revision);
        if (image == null) {
            throw new ApiException(Statuses.tooOldToContinue(encoded(INCONSISTENT, after)));
        }
        return image;
    }

    /** The objects that a collection call is about, before its filter. */
    static List<StoredObject> candidates(ResourceImage image, ApiCall call, ObjectFilter filter) {
        String exact = filter.exactName();
        if (!exact.isEmpty()
                && (!call.kind().namespaced() || !call.path().namespace().isEmpty())) {
            StoredObject one = image.get(new dev.waybill.gateway.state.ResourceKey(
                    call.kind().storageGroup(),
                    call.kind().plural(),
                    call.path().namespace(),
                    exact));
            return one == null ? List.of() : List.of(one);
        }
        String namespace = call.path().namespace();
        return image.list(call.kind().storageGroup(), call.kind().plural(), namespace.isEmpty() ? null : namespace);
    }

    static ObjectFilter filter(ApiCall call) {
        return ObjectFilter.of(
                call.kind(), call.path().namespace(), call.query("labelSelector"), call.query("fieldSelector"));
    }

    /** The image that a resourceVersion parameter asks for. */
    ResourceImage image(ApiCall call) {
        String resourceVersion = call.query("resourceVersion");
        if (resourceVersion.equals("0")) {
            return tail.image();
        }
        if (resourceVersion.isEmpty()) {
            return newest(call.deadline());
        }
        long revision = revision(resourceVersion);
        try {
            return await(call.deadline(), tail.awaitRevision(revision), PATIENCE_FOR_REVISION);
        } catch (TimeoutException e) {
            throw new ApiException(Statuses.tooNew(revision, tail.image().revision()));
        }
    }

    /** The object that a call is about, as it is known here; null when it is not. */
    @Nullable
    StoredObject atHand(ApiCall call) {
        return tail.image().get(call.key());
    }

    /** An image with everything that was committed before. */
    ResourceImage newest(Deadline deadline) {
        try {
            return await(deadline, tail.awaitLogEnd(), PATIENCE);
        } catch (TimeoutException e) {
            throw ApiException.of(
                    504, "Timeout", "Timeout: waited " + PATIENCE.toSeconds() + " s for the end of the log");
        }
    }

    static long revision(String resourceVersion) {
        try {
            return Long.parseLong(resourceVersion);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest(
                    "resourceVersion: Invalid value: \"" + resourceVersion + "\": must be a whole number");
        }
    }

    private static StoredObject existing(ResourceImage image, ApiCall call) {
        @Nullable StoredObject object = image.get(call.key());
        if (object == null) {
            throw new ApiException(Statuses.notFound(call.kind(), call.path().name()));
        }
        return object;
    }

    private static ResourceImage await(Deadline deadline, CompletableFuture<ResourceImage> future, Duration patience)
            throws TimeoutException {
        try {
            return deadline.await(future, patience);
        } catch (ExecutionException e) {
            throw ApiException.of(503, "ServiceUnavailable", "the resource log cannot be read: " + e.getCause());
        }
    }

    private static String encoded(long revision, String after) {
        String token = JsonMapper.shared()
                .createObjectNode()
                .put("revision", revision)
                .put("after", after)
                .toString();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode decoded(String token) {
        try {
            if (JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(token)) instanceof ObjectNode position) {
                return position;
            }
        } catch (IllegalArgumentException | tools.jackson.core.JacksonException e) {
            throw ApiException.badRequest("invalid continue token: continue key is not valid: " + e.getMessage());
        }
        throw ApiException.badRequest("invalid continue token: continue key is not valid");
    }
}
