package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.MergeShape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes out of an object what an applier gives up and nobody else owns, each of them in the version in which it speaks of
 * its fields (structured-merge-diff, merge/update.go).
 *
 * @param claimed by everybody, the applier's new claim among it
 * @param apiVersion the applier's
 * @param wanted everything that it applies, owned or not
 */
record VersionedPruning(FieldVersions versions, ManagedFields claimed, String apiVersion, FieldSet wanted) {

    /**
     * The object without what is given up.
     *
     * @param merged in the applier's version
     * @param last what it applied last
     * @param lastVersion in which it did
     */
    ObjectNode pruned(ObjectNode merged, FieldSet last, String lastVersion) {
        @Nullable ObjectNode base = last.isEmpty() ? null : versions.in(lastVersion, merged);
        if (base == null) {
            return merged;
        }
        FieldSet kept = FieldSet.NONE;
        Map<String, FieldSet> elsewhere = new LinkedHashMap<>();
        for (Map.Entry<String, FieldSet> claim : claims().entrySet()) {
            if (versions.same(claim.getKey(), lastVersion)) {
                kept = kept.union(claim.getValue());
            } else {
                elsewhere.put(claim.getKey(), claim.getValue());
            }
        }
        ObjectNode left = (ObjectNode) Merging.prune(base, last, kept, versions.shape(lastVersion));
        if (left.equals(base)) {
            return merged;
        }
        for (Map.Entry<String, FieldSet> claim : elsewhere.entrySet()) {
            left = restored(base, left, lastVersion, claim.getKey(), claim.getValue());
        }
        ObjectNode result = versions.in(apiVersion, left);
        return result == null ? merged : result;
    }

    private Map<String, FieldSet> claims() {
        Map<String, FieldSet> claims = new LinkedHashMap<>();
        claims.put(apiVersion, wanted);
        claimed.entries().forEach(entry -> claims.merge(entry.manager().apiVersion(), entry.fields(), FieldSet::union));
        return claims;
    }

    /** With what somebody owns in another version. */
    private ObjectNode restored(ObjectNode base, ObjectNode left, String version, String other, FieldSet owned) {
        ObjectNode whole = versions.in(other, base);
        ObjectNode part = versions.in(other, left);
        if (whole == null || part == null) {
            return left;
        }
        MergeShape shape = versions.shape(other);
        FieldSet all = Fields.of(whole, shape);
        FieldSet present = Fields.of(part, shape);
        if (all.minus(present).and(owned).isEmpty()) {
            return left;
        }
        ObjectNode back = versions.in(version, (ObjectNode) Merging.prune(whole, all, present.union(owned), shape));
        return back == null ? left : back;
    }
}
