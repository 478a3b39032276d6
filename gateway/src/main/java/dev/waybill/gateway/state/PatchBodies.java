package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.patch.InvalidPatchException;
import dev.waybill.gateway.state.patch.JsonPatch;
import dev.waybill.gateway.state.patch.MergePatch;
import dev.waybill.gateway.state.patch.StrategicMergePatch;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Applies a request's patch to an object, in place. Stateless. */
final class PatchBodies {
    private PatchBodies() {}

    static void apply(Kind kind, DesiredStateRequest request, @Nullable JsonNode body, ObjectNode object) {
        if (request.getPatchType() == null) {
            throw Refusal.badRequest("patchType: Required value").asException();
        }
        try {
            switch (request.getPatchType()) {
                case JSON -> {
                    if (!(body instanceof ArrayNode operations)) {
                        throw Refusal.badRequest("a JSON patch must be a list of operations")
                                .asException();
                    }
                    if (operations.size() > JsonPatch.MAX_OPERATIONS) {
                        throw Refusal.tooLarge("The allowed maximum operations in a JSON patch is "
                                        + JsonPatch.MAX_OPERATIONS + ", got " + operations.size())
                                .asException();
                    }
                    JsonPatch.apply(object, operations);
                }
                case MERGE -> MergePatch.apply(object, manifest(body));
                case STRATEGIC_MERGE -> {
                    if (!kind.mergesStrategically()) {
                        throw Refusal.unsupported("the body of the request was in an unknown format - accepted media "
                                        + "types include: application/json-patch+json, application/merge-patch+json, "
                                        + "application/apply-patch+yaml")
                                .asException();
                    }
                    StrategicMergePatch.apply(object, manifest(body));
                }
            }
        } catch (InvalidPatchException e) {
            throw new Refusal(
                            422,
                            "Invalid",
                            "the server rejected our request due to an error in our request: " + e.getMessage(),
                            List.of())
                    .asException();
        }
    }

    /**
     * Takes out fields that a JSON patch added and the kind does not have, or refuses the patch, as its author asked.
     *
     * @param warnings gets one for each, unless they are to be ignored
     */
    static void settleUnknown(
            Kind kind, DesiredStateRequest request, ObjectNode object, ManifestCheck check, Consumer<String> warnings) {
        String mode = request.getFieldValidation();
        if (request.getPatchType() != PatchType.JSON || mode.isEmpty()) {
            return;
        }
        String patched = Json.write(object);
        List<String> unknown = check.prune(kind, object);
        switch (mode) {
            case "Ignore" -> {}
            case "Warn" -> unknown.forEach(warnings);
            default -> {
                if (!unknown.isEmpty()) {
                    throw Refusal.unreadablePatch(patched, unknown).asException();
                }
            }
        }
    }

    private static ObjectNode manifest(@Nullable JsonNode body) {
        if (body instanceof ObjectNode object) {
            return object;
        }
        throw Refusal.badRequest("the patch must be a JSON object").asException();
    }
}
