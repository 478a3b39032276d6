package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller asks of a write besides its manifest (k8s.io/apimachinery/pkg/apis/meta/v1/validation): an option that is
 * not understood refuses the request, so that nothing is done that was only to be tried. Stateless.
 */
final class Options {
    private static final String ALL = "All";
    private static final List<String> FIELD_VALIDATION = List.of("", "Ignore", "Strict", "Warn");
    private static final List<String> PROPAGATION = List.of("Foreground", "Background", "Orphan", "nil");
    private static final int MAX_FIELD_MANAGER = 128;

    private Options() {}

    /** @param kind of the options: CreateOptions, UpdateOptions, PatchOptions or DeleteOptions */
    static void check(ApiCall call, String kind) {
        List<FieldError> errors = new ArrayList<>();
        String dryRun = call.query("dryRun");
        if (!dryRun.isEmpty() && !dryRun.equals(ALL)) {
            errors.add(FieldError.notSupported("dryRun", dryRun, List.of(ALL)));
        }
        String manager = call.query("fieldManager");
        if (manager.length() > MAX_FIELD_MANAGER) {
            errors.add(new FieldError(
                    "FieldValueTooLong",
                    "fieldManager",
                    "Too long: may not be more than " + MAX_FIELD_MANAGER + " bytes"));
        } else if (manager.chars().anyMatch(Character::isISOControl)) {
            errors.add(FieldError.invalid(
                    "fieldManager", "\"" + manager + "\"", "should only contain printable characters"));
        }
        String mode = call.query("fieldValidation");
        if (!FIELD_VALIDATION.contains(mode)) {
            errors.add(FieldError.notSupported("fieldValidation", mode, FIELD_VALIDATION));
        }
        refuse(kind, errors);
    }

    /** The options of a deletion, from its body and its parameters. */
    static void checkDeletion(ObjectNode options) {
        List<FieldError> errors = new ArrayList<>();
        for (JsonNode each : options.path("dryRun")) {
            if (!each.asString("").equals(ALL)) {
                errors.add(FieldError.notSupported("dryRun", each.asString(""), List.of(ALL)));
            }
        }
        JsonNode policy = options.path("propagationPolicy");
        if (policy.isString() && !PROPAGATION.subList(0, 3).contains(policy.stringValue())) {
            errors.add(FieldError.notSupported("propagationPolicy", policy.stringValue(), PROPAGATION));
        } else if (policy.isString() && options.path("orphanDependents").isBoolean()) {
            errors.add(FieldError.invalid(
                    "propagationPolicy",
                    policy.toString(),
                    "orphanDependents and deletionPropagation cannot be both set"));
        }
        refuse("DeleteOptions", errors);
    }

    static boolean rehearses(ApiCall call, JsonNode options) {
        return call.query("dryRun").equals(ALL)
                || options.path("dryRun")
                        .valueStream()
                        .anyMatch(each -> each.asString("").equals(ALL));
    }

    static void refuse(String kind, List<FieldError> errors) {
        if (errors.isEmpty()) {
            return;
        }
        List<String> sentences = errors.stream().map(FieldError::sentence).toList();
        ObjectNode status = Statuses.failure(
                422,
                "Invalid",
                kind + ".meta.k8s.io \"\" is invalid: "
                        + (sentences.size() == 1 ? sentences.getFirst() : sentences.toString()));
        ObjectNode details =
                status.putObject("details").put("group", "meta.k8s.io").put("kind", kind);
        errors.forEach(error -> details.withArray("causes")
                .addObject()
                .put("reason", error.reason())
                .put("message", error.message())
                .put("field", error.field()));
        throw new ApiException(status);
    }
}
