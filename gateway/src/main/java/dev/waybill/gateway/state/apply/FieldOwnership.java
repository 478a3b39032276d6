package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ownership of an object's fields, as structured-merge-diff decides it: an applier owns what it applied last, others
 * what they set last; who sets a field to another value takes it over, which an applier may only by force. Stateless.
 */
public final class FieldOwnership {
    private static final String MANAGED = "managedFields";

    /** What nobody owns. */
    private static final List<List<String>> UNOWNED = List.of(
            List.of("f:apiVersion"),
            List.of("f:kind"),
            List.of("f:metadata", "f:name"),
            List.of("f:metadata", "f:namespace"),
            List.of("f:metadata", "f:uid"),
            List.of("f:metadata", "f:creationTimestamp"),
            List.of("f:metadata", "f:generation"),
            List.of("f:metadata", "f:deletionTimestamp"),
            List.of("f:metadata", "f:deletionGracePeriodSeconds"),
            List.of("f:metadata", "f:selfLink"),
            List.of("f:metadata", "f:" + MANAGED),
            List.of("f:metadata", "f:resourceVersion"));

    private FieldOwnership() {}

    /** What an apply comes to: the object before defaults, with its new managedFields. */
    public record Applied(ObjectNode object, ArrayNode managedFields) {}

    /** Applies {@code config} to an object of which everybody speaks in the same fields. */
    public static Applied apply(
            ObjectNode present, ObjectNode config, MergeShape shape, FieldOwner manager, boolean force, String now)
            throws ApplyConflictException {
        return apply(present, config, FieldVersions.one(shape), manager, force, now);
    }

    /**
     * Applies {@code config} to an object.
     *
     * @param present the object in the manager's version, empty when there is none yet
     * @throws ApplyConflictException when others own fields that it sets to other values, unless forced
     */
    public static Applied apply(
            ObjectNode present,
            ObjectNode config,
            FieldVersions versions,
            FieldOwner manager,
            boolean force,
            String now)
            throws ApplyConflictException {
        MergeShape shape = versions.shape(manager.apiVersion());
        ObjectNode live = bare(present);
        ManagedFields managed = managed(present);
        if (managed.entries().isEmpty() && !present.isEmpty()) {
            FieldOwner unknown = new FieldOwner("before-first-apply", false, manager.apiVersion(), "");
            managed = managed.with(unknown, owned(Fields.of(live, shape)), now);
        }
        FieldSet wanted = Fields.of(bare(config), shape);
        ManagedFields claimed = managed.with(manager, owned(wanted), now);
        ObjectNode merged = (ObjectNode) Merging.merge(live, bare(config), shape);
        ObjectNode next = new VersionedPruning(versions, claimed, manager.apiVersion(), wanted)
                .pruned(merged, managed.of(manager), managed.versionOf(manager));
        FieldSet yielded = manager.name().equals(ClientSideApply.SUCCESSOR)
                ? ClientSideApply.yielded(present, shape)
                : FieldSet.NONE;

        VersionedComparison differences = new VersionedComparison(versions, manager.apiVersion(), live, next);
        List<ApplyConflictException.Conflict> conflicts = new ArrayList<>();
        for (ManagedFields.Entry entry : claimed.entries()) {
            if (!entry.manager().is(manager)) {
                differences
                        .changed(entry)
                        .minus(yielded)
                        .paths(
                                "",
                                (path, set) -> conflicts.add(new ApplyConflictException.Conflict(
                                        entry.manager().shown(), path)));
            }
        }
        if (!conflicts.isEmpty() && !force) {
            throw new ApplyConflictException(conflicts);
        }
        ManagedFields after =
                claimed.map(entry -> entry.manager().is(manager) ? entry.fields() : differences.left(entry));
        if (manager.name().equals(ClientSideApply.SUCCESSOR)) {
            ClientSideApply.keepInStep(present, next, config);
        }
        return new Applied(next, after.toJson());
    }

    /** The managedFields after a change of an object of which everybody speaks in the same fields. */
    public static ArrayNode updated(
            ObjectNode before, ObjectNode after, MergeShape shape, @Nullable FieldOwner manager, String now) {
        return updated(before, after, FieldVersions.one(shape), "", manager, now);
    }

    /**
     * The managedFields after a change by other means than apply.
     *
     * @param before the object before it, empty when it is new
     * @param after the object after it; its own managedFields count when it brings any
     * @param apiVersion in which both are
     * @param manager null when nobody is named: then fields change hands to nobody
     */
    public static ArrayNode updated(
            ObjectNode before,
            ObjectNode after,
            FieldVersions versions,
            String apiVersion,
            @Nullable FieldOwner manager,
            String now) {
        JsonNode brought = after.path("metadata").path(MANAGED);
        if (manager == null
                && brought.isEmpty()
                && before.path("metadata").path(MANAGED).isEmpty()) {
            return Json.array();
        }
        boolean reset = brought.size() == 1 && brought.get(0).isEmpty();
        ManagedFields managed = reset ? ManagedFields.NONE : brought(brought, before);
        VersionedComparison all = new VersionedComparison(versions, apiVersion, bare(before), bare(after));
        Fields.Comparison differences = all.own();
        if (differences.changed().isEmpty() && differences.removed().isEmpty()) {
            return managed.toJson();
        }
        ManagedFields next =
                managed.map(entry -> manager != null && entry.manager().is(manager)
                        ? entry.fields().minus(differences.removed())
                        : all.left(entry));
        if (manager != null) {
            FieldSet set = owned(differences.changed());
            // The status that a new object begins with is nobody's.
            FieldSet fields = next.of(manager).union(before.isEmpty() ? set.without(List.of("f:status")) : set);
            next = next.with(manager, fields, now);
        }
        return next.toJson();
    }

    /** Without what {@code manager} may not own here: its subresource's field alone, or all but status. */
    public static ObjectNode within(ObjectNode config, boolean hasStatus, String subresource) {
        ObjectNode allowed = config.deepCopy();
        if (subresource.equals("status")) {
            allowed.retain("apiVersion", "kind", "metadata", "status");
            if (allowed.get("metadata") instanceof ObjectNode metadata) {
                metadata.retain("name", "namespace", "uid", "resourceVersion");
            }
        } else if (hasStatus) {
            allowed.remove("status");
        }
        return allowed;
    }

    private static ManagedFields brought(JsonNode list, ObjectNode before) {
        if (list.isEmpty()) {
            return managed(before);
        }
        try {
            return ManagedFields.parse(list);
        } catch (IllegalArgumentException | tools.jackson.core.JacksonException e) {
            return managed(before);
        }
    }

    private static ManagedFields managed(ObjectNode object) {
        return ManagedFields.parse(object.path("metadata").path(MANAGED));
    }

    private static FieldSet owned(FieldSet fields) {
        FieldSet owned = fields;
        for (List<String> path : UNOWNED) {
            owned = owned.without(path);
        }
        FieldSet metadata = owned.child("f:metadata");
        return metadata.member() && metadata.children().isEmpty() ? owned.without(List.of("f:metadata")) : owned;
    }

    private static ObjectNode bare(ObjectNode object) {
        ObjectNode bare = object.deepCopy();
        if (bare.get("metadata") instanceof ObjectNode metadata) {
            metadata.remove(MANAGED);
            metadata.remove("resourceVersion");
        }
        return bare;
    }
}
