package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What the writer does for CustomResourceDefinitions: accepts their names, ends their objects with them. Stateless. */
final class Definitions {
    private Definitions() {}

    /** Says whether a new definition's names are free, and with that whether its kind is served. */
    static void accept(Draft draft, ObjectNode definition) {
        String group = Json.text(definition, "spec", "group");
        String plural = Json.text(definition, "spec", "names", "plural");
        String kind = Json.text(definition, "spec", "names", "kind");
        boolean taken = draft.image().kinds().all().stream()
                .anyMatch(other -> other.group().equals(group)
                        && (other.plural().equals(plural) || other.kind().equals(kind)));
        String now = draft.timestamp();
        if (taken) {
            String message = "\"" + plural + "\" is already in use";
            Conditions.set(definition, "NamesAccepted", "False", "NameConflict", message, now);
            Conditions.set(definition, "Established", "False", "NotAccepted", "not all names are accepted", now);
        } else {
            Conditions.set(definition, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
            Conditions.set(
                    definition,
                    "Established",
                    "True",
                    "InitialNamesAccepted",
                    "the initial names have been accepted",
                    now);
        }
    }

    /** A definition that ends takes no new objects. */
    static void stays(Draft draft, Kind kind) {
        if (kind.custom() == null) {
            return;
        }
        StoredObject definition = draft.get(
                new ResourceKey(CustomKinds.GROUP, CustomKinds.RESOURCE, "", kind.plural() + "." + kind.group()));
        if (definition == null || definition.deleting()) {
            throw new Refusal(
                            405,
                            "MethodNotAllowed",
                            "create not allowed while custom resource definition is terminating",
                            List.of())
                    .asException();
        }
    }

    /** The objects of a deleted definition; empty when it is none. */
    static List<StoredObject> objects(Draft draft, StoredObject definition) {
        return isDefinition(definition.key())
                ? draft.image()
                        .list(
                                Json.text(definition.json(), "spec", "group"),
                                Json.text(definition.json(), "spec", "names", "plural"),
                                null)
                : List.of();
    }

    static boolean isDefinition(ResourceKey key) {
        return key.resource().equals(CustomKinds.RESOURCE) && key.group().equals(CustomKinds.GROUP);
    }
}
