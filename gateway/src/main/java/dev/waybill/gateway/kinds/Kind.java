package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.structural.StructuralShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One kind of object: what it is called and what its rules are. Immutable.
 *
 * @param group API group; empty for the core group
 * @param subresources such as status, scale, binding, log
 * @param verbs what may be done with its objects; only create for reviews, which are never stored
 * @param generational whether metadata.generation counts the changes of its spec
 * @param showsDeleted whether the answer to a deletion is the object, where others get a Status
 * @param storageGroup the group under which its objects are stored; its own for all but other views of a kind
 * @param storageVersion the version in which its objects are stored
 * @param custom what its CustomResourceDefinition says; null for the built-in kinds
 */
public record Kind(
        String group,
        String version,
        String kind,
        String plural,
        String singular,
        List<String> shortNames,
        List<String> categories,
        boolean namespaced,
        Set<String> subresources,
        List<String> verbs,
        boolean generational,
        boolean showsDeleted,
        KindRules rules,
        String storageGroup,
        String storageVersion,
        Conversion conversion,
        @Nullable CustomKind custom) {

    /** Such as v1 or apps/v1. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The kind with its group, as messages about its objects show it: Pod, Deployment.apps. */
    public String qualifiedKind() {
        return group.isEmpty() ? kind : kind + "." + group;
    }

    /** The plural with its group, as messages show it: pods, deployments.apps. */
    public String qualifiedResource() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    public String listKind() {
        return kind + "List";
    }

    /** Whether it has objects that are kept: reviews and measurements are not. */
    public boolean isStored() {
        return verbs.contains("get") && verbs.contains("create");
    }

    /** Whether its objects are stored just as it serves them. */
    public boolean isStorage() {
        return group.equals(storageGroup) && version.equals(storageVersion);
    }

    /** The webhook that converts its objects between versions; null when none does. */
    public @Nullable WebhookConversion webhook() {
        return conversion instanceof WebhookConversion webhook ? webhook : null;
    }

    /** An object of this kind as it is stored: the same tree, changed in place. */
    public ObjectNode toStorage(ObjectNode object) {
        if (!isStorage()) {
            conversion.toStorage(object);
            object.put("apiVersion", storageGroup.isEmpty() ? storageVersion : storageGroup + "/" + storageVersion);
        }
        return object;
    }

    /** Whether a stored object's text may be served as it is. */
    public boolean servesAsStored(Kind stored) {
        return stored.apiVersion().equals(apiVersion()) && !rules.completesOnRead();
    }

    /** A stored object, or one that its webhook has converted, as this kind serves it: the same tree, changed in place. */
    public ObjectNode fromStorage(ObjectNode object) {
        if (!Json.text(object, "apiVersion").equals(apiVersion())) {
            conversion.fromStorage(object);
        }
        if (rules.completesOnRead()) {
            rules.defaults(object);
        }
        return object.put("apiVersion", apiVersion());
    }

    public boolean hasStatus() {
        return subresources.contains("status");
    }

    /** Whether a change is one of what is wished, which metadata.generation counts. */
    public boolean changesGeneration(ObjectNode before, ObjectNode after) {
        if (custom == null) {
            return generational && !Json.same(before.path("spec"), after.path("spec"));
        }
        ObjectNode old = before.deepCopy();
        ObjectNode now = after.deepCopy();
        for (ObjectNode each : List.of(old, now)) {
            each.remove("metadata");
            if (hasStatus()) {
                each.remove("status");
            }
        }
        return !old.equals(now);
    }

    /** How its fields merge when objects are applied. */
    public MergeShape shape() {
        return custom == null || custom.schema() == null
                ? StandardShape.ROOT
                : new StructuralShape(custom.schema(), true);
    }

    /** Whether strategic merge patches are understood: kinds of others have no merge keys. */
    public boolean mergesStrategically() {
        return custom == null && !group.equals("waybill.dev");
    }

    /** Fills in defaults, in place. */
    public void defaults(ObjectNode object) {
        rules.defaults(object);
    }

    /** What is wrong with an object, or with changing {@code old} into it. */
    public List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old) {
        return validate(object, old, Judge.AT_ONCE);
    }

    /** The same, with what a judge says of the rules that are somebody else's. */
    public List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old, Judge judge) {
        List<FieldError> errors = new ArrayList<>();
        validateMetadata(object, old, errors);
        rules.validate(object, old, judge, errors);
        return errors;
    }

    /** Adds what is wrong with an object's metadata. */
    public void validateMetadata(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        MetadataRules.validate(this, object, old, errors);
    }

    /** Every field that a field selector may name, with the object's value. */
    public Map<String, String> selectableFields(ObjectNode object) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("metadata.name", object.path("metadata").path("name").asString(""));
        if (namespaced) {
            fields.put(
                    "metadata.namespace",
                    object.path("metadata").path("namespace").asString(""));
        }
        fields.putAll(rules.selectableFields(object));
        return fields;
    }
}
