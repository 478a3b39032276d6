package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What is particular to one kind: its defaults, checks and selectable fields. Stateless. */
public interface KindRules {

    /** Rules of a kind that the writer only stores. */
    KindRules STORED = new KindRules() {};

    /** Whether an update of an object that is not there creates it (AllowCreateOnUpdate in k8s.io/apiserver). */
    default boolean createdByUpdate() {
        return false;
    }

    /** Fills in the defaults of the kind, in place. */
    default void defaults(ObjectNode object) {}

    /** Adds what is wrong with a new object in the version that it comes in, before it is as it is stored. */
    default void validateAsAsked(ObjectNode object, List<FieldError> errors) {}

    /** Whether objects may have been stored without defaults that there are by now. */
    default boolean completesOnRead() {
        return false;
    }

    /** Adds what is wrong with {@code object}; {@code old} is null on creation. */
    default void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {}

    /**
     * The same where rules of somebody else's may be among them.
     *
     * @param judge says what those have against it
     */
    default void validate(ObjectNode object, @Nullable ObjectNode old, Judge judge, List<FieldError> errors) {
        validate(object, old, errors);
    }

    /** Derives what a write of the status subresource may not take away, in place. */
    default void prepareForStatus(ObjectNode object, ObjectNode old) {}

    /** Adds what is wrong with an update of the status subresource. */
    default void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {}

    /** The same where rules of somebody else's may be among them. */
    default void validateStatus(ObjectNode object, ObjectNode old, Judge judge, List<FieldError> errors) {
        validateStatus(object, old, errors);
    }

    /** What of the metadata a write of the status subresource may change too. */
    default Set<String> metadataWithStatus() {
        return Set.of("annotations", "finalizers", "labels", "ownerReferences");
    }

    /** What a change through a subresource makes of {@code before}, in place, with defaults; null when it has none such. */
    default @Nullable ObjectNode throughSubresource(String subresource, ObjectNode before, ObjectNode asked) {
        return null;
    }

    /** Adds what is wrong with what {@link #throughSubresource} made. */
    default void validateSubresource(ObjectNode object, ObjectNode old, List<FieldError> errors) {}

    /** Clears or derives what a client may not set when it creates the object, in place. */
    default void prepareForCreate(ObjectNode object) {}

    /** Clears or derives what a client may not change, in place. */
    default void prepareForUpdate(ObjectNode object, ObjectNode old) {}

    /** Values for field selectors beyond metadata.name and metadata.namespace. */
    default Map<String, String> selectableFields(ObjectNode object) {
        return Map.of();
    }
}
