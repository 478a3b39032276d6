package dev.waybill.gateway.http;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.conversion.ConversionFailedException;
import dev.waybill.gateway.conversion.ConversionReview;
import dev.waybill.gateway.conversion.http.ConversionClient;
import dev.waybill.gateway.examination.Examinations;
import dev.waybill.gateway.kinds.Examiner;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.MergeShape;
import dev.waybill.gateway.kinds.WebhookConversion;
import dev.waybill.gateway.kinds.structural.SchemaFields;
import dev.waybill.gateway.state.ConvertedChange;
import dev.waybill.gateway.state.Examination;
import dev.waybill.gateway.state.RefusedException;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.apply.FieldVersions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects of kinds with a conversion webhook, in the version that a caller speaks (ADR 46). Whoever calls waits for the
 * webhook, and nobody else does. For other kinds everything is given back as it is. Thread-safe.
 */
final class Conversions {
    /** How long one waits for a verdict about his object. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Supplier<ResourceImage> image;
    private final ConversionClient client;
    private final Examinations examinations;
    private final WatchedConversions watched = new WatchedConversions();

    Conversions(Supplier<ResourceImage> image, ConversionClient client, Examinations examinations) {
        this.image = image;
        this.client = client;
        this.examinations = examinations;
    }

    /** Whether objects of a kind may have to be converted, as its definition is now or was when the caller came. */
    boolean concerns(Kind kind) {
        return kind.custom() != null && (kind.webhook() != null || current(kind).webhook() != null);
    }

    StoredObject shown(ApiCall call, StoredObject object) {
        return concerns(call.kind()) ? shown(call, List.of(object), false).getFirst() : object;
    }

    List<StoredObject> shown(ApiCall call, List<StoredObject> objects) {
        return concerns(call.kind()) ? shown(call, objects, true) : objects;
    }

    /** An object that is not stored, or not yet. */
    ObjectNode shown(ApiCall call, ObjectNode object) {
        return answered(() -> in(current(call.kind()), List.of(object), false, call.deadline())
                .getFirst());
    }

    /** Objects as a watch shows them. Fails with a ConversionFailedException. */
    List<StoredObject> watched(Kind kind, List<StoredObject> objects) {
        if (!concerns(kind)) {
            return objects;
        }
        Kind now = current(kind);
        return watched.of(
                now,
                objects,
                missing -> converted(
                        now, missing, false, Deadline.in(client.limits().time())));
    }

    /** @param former whether what objects were before matters too */
    List<ResourceDelta> watchedChanges(Kind kind, List<ResourceDelta> changes, boolean former) {
        if (!concerns(kind)) {
            return changes;
        }
        List<StoredObject> all = new ArrayList<>();
        for (ResourceDelta change : changes) {
            all.add(change.object());
            if (former && change.previous() != null) {
                all.add(change.previous());
            }
        }
        var converted = watched(kind, all).iterator();
        List<ResourceDelta> shown = new ArrayList<>();
        for (ResourceDelta change : changes) {
            StoredObject object = converted.next();
            @Nullable
            StoredObject previous = former && change.previous() != null ? converted.next() : change.previous();
            shown.add(new ResourceDelta(change.change(), object, previous, change.at(), change.user()));
        }
        return shown;
    }

    /** The request that the writer is to decide: the same, or the change that it comes to in the version that is stored. */
    DesiredStateRequest change(ApiCall call, DesiredStateRequest request, ResourceImage newest) {
        Kind asked = current(newest, call.kind());
        @Nullable StoredObject before = call.path().name().isEmpty() ? null : newest.get(call.key());
        @Nullable Kind stored = newest.kinds().byResource(asked.storageGroup(), asked.plural());
        if (stored == null || !ConvertedChange.concerns(asked, before)) {
            return request;
        }
        try {
            return answered(() -> ConvertedChange.of(
                    request,
                    asked,
                    stored,
                    before,
                    new Versions(newest, asked, call.deadline()),
                    Instant.now(),
                    (rules, object, old) -> findings(call, rules, object, old)));
        } catch (RefusedException e) {
            throw new ApiException(
                    (ObjectNode) JsonMapper.shared().readTree(e.refusal().status(call.key())));
        }
    }

    /** Rules of an author take their turn here as they do beside the writer. */
    private List<FieldError> findings(ApiCall call, Examiner rules, JsonNode object, @Nullable JsonNode old) {
        if (rules.isQuick()) {
            return rules.examine(object, old);
        }
        CompletableFuture<Examination.Verdict> verdict =
                examinations.offer(call.identity().user(), Examination.of(rules, object, old));
        if (verdict == null) {
            throw new ApiException(
                    Statuses.later(429, "TooManyRequests", "too many objects wait for their rules to be evaluated"));
        }
        try {
            return call.deadline().await(verdict, PATIENCE).findings();
        } catch (TimeoutException e) {
            throw ApiException.of(504, "Timeout", "Timeout: the object's rules were not evaluated in time");
        } catch (ExecutionException e) {
            throw ApiException.of(500, "InternalError", "Internal error occurred: " + e.getCause());
        } finally {
            verdict.cancel(false);
        }
    }

    private List<StoredObject> shown(ApiCall call, List<StoredObject> objects, boolean list) {
        return answered(() -> converted(current(call.kind()), objects, list, call.deadline()));
    }

    private List<StoredObject> converted(Kind kind, List<StoredObject> objects, boolean list, Deadline deadline) {
        List<StoredObject> shown = new ArrayList<>(objects);
        List<Integer> places = new ArrayList<>();
        List<ObjectNode> portion = new ArrayList<>();
        int chars = 0;
        for (int i = 0; i < objects.size(); i++) {
            StoredObject object = objects.get(i);
            if (!object.kind().apiVersion().equals(kind.apiVersion())) {
                places.add(i);
                portion.add(object.copy());
                chars += object.length();
            }
            if (!portion.isEmpty() && (chars > client.limits().callChars() || i == objects.size() - 1)) {
                List<ObjectNode> trees = in(kind, portion, list, deadline);
                for (int j = 0; j < trees.size(); j++) {
                    StoredObject original = objects.get(places.get(j));
                    shown.set(
                            places.get(j),
                            StoredObject.ofTree(original.key(), kind, original.revision(), trees.get(j)));
                }
                places.clear();
                portion.clear();
                chars = 0;
            }
        }
        return shown;
    }

    /** Objects in a kind's version, without what its schema does not know. */
    private List<ObjectNode> in(Kind kind, List<ObjectNode> objects, boolean list, Deadline deadline) {
        WebhookConversion webhook = kind.webhook();
        if (webhook == null) {
            return objects.stream().map(kind::fromStorage).toList(); // no more
        }
        if (objects.stream().allMatch(object -> Json.text(object, "apiVersion").equals(kind.apiVersion()))) {
            return objects;
        }
        ConversionReview review =
                new ConversionReview(webhook, UUID.randomUUID().toString(), kind.apiVersion(), list, objects);
        List<ObjectNode> converted = review.converted(await(review, deadline));
        JsonNode schema = kind.custom() == null ? null : kind.custom().schema();
        if (schema != null) {
            converted.forEach(object -> SchemaFields.prune(object, schema, true, "", new ArrayList<>()));
        }
        return converted;
    }

    private String await(ConversionReview review, Deadline deadline) {
        CompletableFuture<String> answer =
                deadline.begun(left -> client.ask(review, left), client.limits().time());
        try {
            return deadline.await(answer, client.limits().time());
        } catch (TimeoutException e) {
            throw review.failed("context deadline exceeded");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConversionFailedException failed) {
                throw failed;
            }
            throw review.failed(String.valueOf(e.getCause()));
        } finally {
            answer.cancel(true);
        }
    }

    /** Kubernetes gives such failures no reason of their own. */
    private static <T> T answered(Supplier<T> work) {
        try {
            return work.get();
        } catch (ConversionFailedException e) {
            throw new ApiException(Statuses.unexplained(500, String.valueOf(e.getMessage())));
        }
    }

    private Kind current(Kind kind) {
        return current(image.get(), kind);
    }

    /** As its definition is now: a watch may have begun long ago. */
    private static Kind current(ResourceImage image, Kind kind) {
        Kind now = image.kinds().byResource(kind.group(), kind.version(), kind.plural());
        return now == null ? kind : now;
    }

    /** The versions of one kind, for as long as one request is served. */
    private final class Versions implements FieldVersions {
        private final ResourceImage newest;
        private final Kind kind;
        private final Deadline deadline;

        Versions(ResourceImage newest, Kind kind, Deadline deadline) {
            this.newest = newest;
            this.kind = kind;
            this.deadline = deadline;
        }

        @Override
        public @Nullable ObjectNode in(String apiVersion, ObjectNode object) {
            if (Json.text(object, "apiVersion").equals(apiVersion)) {
                return object;
            }
            Kind other = newest.kinds().byKind(apiVersion, kind.kind());
            return other == null
                    ? null
                    : Conversions.this
                            .in(other, List.of(object.deepCopy()), false, deadline)
                            .getFirst();
        }

        @Override
        public boolean same(String one, String other) {
            return one.equals(other);
        }

        @Override
        public MergeShape shape(String apiVersion) {
            Kind other = newest.kinds().byKind(apiVersion, kind.kind());
            return (other == null ? kind : other).shape();
        }
    }
}
