package dev.waybill.gateway.state;

import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topic;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A decision in the making: changes on top of a state, each with its consequences for nodes and quotas. Dropped as a
 * whole when the decision ends in a refusal. One thread.
 */
final class Draft {
    /** Room for the envelope under the broker's message.max.bytes of 1 MiB. */
    static final int MAX_OBJECT_BYTES = 950_000;

    private final Instant now;
    private final Ids ids;
    private final String rootCertificate;
    private final ServiceNetwork services;
    private final List<ResourceDelta> changes = new ArrayList<>();
    private final List<Emission> emissions = new ArrayList<>();
    private final Set<String> quotaNamespaces = new LinkedHashSet<>();
    private final List<String> warnings = new ArrayList<>();
    private WriterState state;

    Draft(WriterState state, Instant now, Ids ids, String rootCertificate, ServiceNetwork services) {
        this.state = state;
        this.now = now;
        this.ids = ids;
        this.rootCertificate = rootCertificate;
        this.services = services;
    }

    ResourceImage image() {
        return state.image();
    }

    WriterState state() {
        return state;
    }

    Instant now() {
        return now;
    }

    Ids ids() {
        return ids;
    }

    /** The certificate of the cluster's authority, as PEM; empty when there is none to hand out. */
    String rootCertificate() {
        return rootCertificate;
    }

    /** The addresses and ports that Services are given. */
    ServiceNetwork services() {
        return services;
    }

    /** The time as metadata and conditions show it. */
    String timestamp() {
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @Nullable
    StoredObject get(ResourceKey key) {
        return image().get(key);
    }

    @Nullable
    StoredObject pod(String namespace, String name, String uid) {
        StoredObject pod = get(new ResourceKey("", "pods", namespace, name));
        return pod == null || !pod.uid().equals(uid) ? null : pod;
    }

    Kind kind(String apiVersion, String kind) {
        return Objects.requireNonNull(image().kinds().byKind(apiVersion, kind), kind);
    }

    /** The kind as which the objects of another are stored. */
    Kind stored(Kind kind) {
        return kind.isStorage()
                ? kind
                : Objects.requireNonNull(image().kinds().byResource(kind.storageGroup(), kind.plural()), kind.plural());
    }

    List<ResourceDelta> changes() {
        return changes;
    }

    void emit(Topic topic, String key, @Nullable SpecificRecord event) {
        emissions.add(new Emission(topic, key, event));
    }

    /** Something that is let pass and yet is to be said to whoever asks. */
    void warn(String text) {
        warnings.add(text);
    }

    List<String> warnings() {
        return warnings;
    }

    void update(WriterState next) {
        state = next;
    }

    /** Adds an object whose metadata lacks what the writer gives: uid, creation time, generation, revision. */
    StoredObject add(Kind kind, ObjectNode object) {
        ObjectNode metadata = Json.child(object, "metadata");
        if (!metadata.has("uid")) {
            metadata.put("uid", ids.uid());
        }
        metadata.put("creationTimestamp", timestamp());
        if (kind.generational()) {
            metadata.put("generation", 1);
        }
        return store(keyOf(kind, metadata), kind, object, null);
    }

    /** Replaces an object; the same object again, but for its revision, is no change. */
    StoredObject replace(StoredObject before, ObjectNode object) {
        ObjectNode metadata = Json.child(object, "metadata");
        metadata.put("resourceVersion", String.valueOf(before.revision()));
        return object.equals(before.json()) ? before : store(before.key(), kindOf(before, object), object, before);
    }

    /** Its definition may have another version stored by now. */
    private Kind kindOf(StoredObject before, ObjectNode object) {
        String apiVersion = Json.text(object, "apiVersion");
        if (before.kind().custom() == null || before.kind().apiVersion().equals(apiVersion)) {
            return before.kind();
        }
        Kind now = image().kinds().byKind(apiVersion, before.kind().kind());
        return now == null ? before.kind() : now;
    }

    /** Removes an object; its last state carries the revision of its end. */
    StoredObject remove(StoredObject before) {
        ObjectNode last = before.copy();
        long revision = image().revision() + 1;
        Json.child(last, "metadata").put("resourceVersion", String.valueOf(revision));
        StoredObject gone = StoredObject.ofTree(before.key(), before.kind(), revision, last);
        apply(new ResourceDelta(ResourceDelta.Change.DELETED, gone, before, now));
        return gone;
    }

    private StoredObject store(ResourceKey key, Kind kind, ObjectNode object, @Nullable StoredObject before) {
        long revision = image().revision() + 1;
        Json.child(object, "metadata").put("resourceVersion", String.valueOf(revision));
        StoredObject after = StoredObject.ofTree(key, kind, revision, object);
        if (after.raw().length() > MAX_OBJECT_BYTES / 3 && utf8Length(after.raw()) > MAX_OBJECT_BYTES) {
            throw Refusal.tooLarge("the object is larger than " + MAX_OBJECT_BYTES + " bytes")
                    .asException();
        }
        apply(new ResourceDelta(
                before == null ? ResourceDelta.Change.ADDED : ResourceDelta.Change.MODIFIED, after, before, now));
        return after;
    }

    private void apply(ResourceDelta delta) {
        ResourceImage before = image();
        ResourceImage after = before.with(delta);
        changes.add(delta);
        state = new WriterState(
                after,
                state.requests(),
                state.chores().after(delta, after),
                delta.change() == ResourceDelta.Change.DELETED
                        ? state.reports()
                                .minus(delta.object().uid())
                                .minus(NodeReports.subject(delta.object().name()))
                        : state.reports(),
                delta.change() == ResourceDelta.Change.DELETED
                        ? state.batches().minus(delta.object().uid())
                        : state.batches());
        Assignments.follow(this, delta, before);
        Aggregation.follow(this, delta);
        NamespaceContents.follow(this, delta);
        ApiService.follow(this, delta);
        AccountSecrets.follow(this, delta);
        if (ResourceQuotas.concerns(delta)) {
            quotaNamespaces.add(delta.key().namespace());
        }
    }

    /** Closes the draft: quotas show what the changes use. */
    Decision finish(@Nullable RequestOutcome outcome, String user) {
        for (String namespace : List.copyOf(quotaNamespaces)) {
            ResourceQuotas.settle(this, namespace);
        }
        return new Decision(state, List.copyOf(changes), List.copyOf(emissions), outcome, user);
    }

    static ResourceKey keyOf(Kind kind, ObjectNode metadata) {
        return new ResourceKey(
                kind.storageGroup(), kind.plural(), Json.text(metadata, "namespace"), Json.text(metadata, "name"));
    }

    private static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            length += c < 0x80
                    ? 1
                    : c < 0x800 ? 2 : Character.isHighSurrogate(c) ? 4 : Character.isLowSurrogate(c) ? 0 : 3;
        }
        return length;
    }
}
