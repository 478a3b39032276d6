package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What differs between two states of an object, in the version of each owner who asks. One thread. */
final class VersionedComparison {
    private final FieldVersions versions;
    private final String apiVersion;
    private final ObjectNode before;
    private final ObjectNode after;
    private final Fields.Comparison own;
    private final Map<String, Fields.@Nullable Comparison> known = new HashMap<>();

    /**
     * @param apiVersion in which both are
     * @param before empty when there was none
     */
    VersionedComparison(FieldVersions versions, String apiVersion, ObjectNode before, ObjectNode after) {
        this.versions = versions;
        this.apiVersion = apiVersion;
        this.before = before;
        this.after = after;
        this.own = Fields.compare(before, after, versions.shape(apiVersion));
    }

    Fields.Comparison own() {
        return own;
    }

    /** The fields of an owner that others have changed. */
    FieldSet changed(ManagedFields.Entry entry) {
        Fields.Comparison differences = in(entry.manager().apiVersion());
        return differences == null ? FieldSet.NONE : entry.fields().and(differences.changed());
    }

    /** What an owner has left; nothing when it speaks of a version that is gone. */
    FieldSet left(ManagedFields.Entry entry) {
        Fields.Comparison differences = in(entry.manager().apiVersion());
        return differences == null
                ? FieldSet.NONE
                : entry.fields().minus(differences.changed()).minus(differences.removed());
    }

    private Fields.@Nullable Comparison in(String version) {
        if (versions.same(version, apiVersion)) {
            return own;
        }
        if (!known.containsKey(version)) {
            known.put(version, compared(version));
        }
        return known.get(version);
    }

    private Fields.@Nullable Comparison compared(String version) {
        ObjectNode then = versions.in(version, after);
        ObjectNode first = before.isEmpty() ? Json.object() : versions.in(version, before);
        return then == null || first == null ? null : Fields.compare(first, then, versions.shape(version));
    }
}
