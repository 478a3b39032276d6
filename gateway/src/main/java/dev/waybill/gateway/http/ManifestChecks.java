package dev.waybill.gateway.http;

import static java.util.stream.Collectors.joining;

import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.kinds.CustomKind;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.structural.SchemaFields;
import dev.waybill.gateway.schema.FieldProblem;
import dev.waybill.gateway.schema.ObjectSchema;
import dev.waybill.gateway.schema.TypedErrors;
import dev.waybill.gateway.state.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What can be said of a body before the writer sees it: its kind, place, fields, and who sets them. Stateless. */
final class ManifestChecks {
    private static final int MAX_FIELD_MANAGER = 128;
    private static final Set<String> OPERATION = Set.of("op", "from", "path", "value");

    private ManifestChecks() {}

    /** A manifest of another kind is refused; one without gets it. */
    static void kind(Kind kind, ObjectNode object) {
        String apiVersion = object.path("apiVersion").asString("");
        String name = object.path("kind").asString("");
        if (apiVersion.isEmpty()) {
            object.put("apiVersion", kind.apiVersion());
        }
        if (name.isEmpty()) {
            object.put("kind", kind.kind());
        }
        if (!name.isEmpty() && !name.equals(kind.kind())) {
            String version = apiVersion.substring(apiVersion.indexOf('/') + 1);
            throw ApiException.badRequest(name + " in version \"" + version + "\" cannot be handled as a "
                    + kind.kind() + ": converting (" + version + "." + name + ") to (" + goPackage(kind) + "."
                    + kind.kind() + "): unknown conversion");
        }
        if (!apiVersion.isEmpty() && !apiVersion.equals(kind.apiVersion())) {
            throw ApiException.badRequest("the API version in the data (" + apiVersion
                    + ") does not match the expected API version (" + kind.apiVersion() + ")");
        }
    }

    /** Where Kubernetes' own type of a kind is. */
    private static String goPackage(Kind kind) {
        return kind.group().isEmpty() ? "core" : kind.group().split("\\.", 2)[0];
    }

    /** A manifest that names another place than the path is refused. */
    static void place(ApiCall call, ObjectNode object) {
        JsonNode metadata = object.path("metadata");
        String namespace = metadata.path("namespace").asString("");
        if (!namespace.isEmpty() && !namespace.equals(call.path().namespace())) {
            throw ApiException.badRequest(
                    "the namespace of the provided object does not match the namespace sent on" + " the request");
        }
        String name = metadata.path("name").asString("");
        if (!call.path().isCollection()
                && !name.isEmpty()
                && !name.equals(call.path().name())) {
            throw ApiException.badRequest("the name of the object (" + name + ") does not match the name on the URL ("
                    + call.path().name() + ")");
        }
    }

    /**
     * fieldValidation: unknown and duplicate fields refuse (Strict), warn (Warn, the default), or pass (Ignore); unknown
     * ones are then taken out.
     *
     * @param duplicates what the body has more than once
     */
    static void fields(ApiCall call, ObjectNode object, boolean patch, List<String> duplicates) {
        String mode = call.query("fieldValidation");
        List<String> wrong = new ArrayList<>();
        for (FieldProblem problem : problems(call.kind(), object, patch)) {
            if (!problem.unknown()) {
                throw ApiException.badRequest(cannotBeHandled(call.kind()) + problem.message());
            }
            wrong.add(problem.message());
        }
        wrong.addAll(duplicates);
        if (mode.equals("Strict") && !wrong.isEmpty()) {
            if (patch) {
                throw unreadable(object, wrong);
            }
            throw ApiException.badRequest(
                    cannotBeHandled(call.kind()) + "strict decoding error: " + String.join(", ", wrong));
        }
        warn(call, wrong);
        if (!wrong.isEmpty() && call.kind().custom() == null) {
            ObjectSchema.of(
                            call.kind().group(),
                            call.kind().version(),
                            call.kind().kind())
                    .prune(object, patch);
        }
    }

    /** The same of a JSON patch itself; what it makes of the object is the writer's to see. */
    static void jsonPatch(ApiCall call, JsonNode operations, List<String> duplicates) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            for (String field : operations.get(i).propertyNames()) {
                if (!OPERATION.contains(field)) {
                    wrong.add(FieldProblem.unknown("[" + i + "]." + field).message());
                }
            }
        }
        wrong.addAll(duplicates);
        wrong.replaceAll(each -> "json patch " + each);
        if (call.query("fieldValidation").equals("Strict") && !wrong.isEmpty()) {
            throw unreadable(operations, wrong);
        }
        warn(call, wrong);
    }

    private static ApiException unreadable(JsonNode patch, List<String> problems) {
        return ApiException.of(Refusal.unreadablePatch(patch.toString(), problems));
    }

    /**
     * The same of what is applied, which may never have fields that the kind has not.
     *
     * @param duplicates what the body has more than once
     */
    static void applied(ApiCall call, ObjectNode object, List<String> duplicates) {
        List<String> twice = duplicates.stream()
                .map(each -> "error converting YAML to JSON: " + each)
                .toList();
        if (call.query("fieldValidation").equals("Strict") && !twice.isEmpty()) {
            throw ApiException.badRequest("error strict decoding YAML: " + String.join(", ", twice));
        }
        warn(call, twice);
        List<String> errors = typedErrors(call.kind(), object);
        if (!errors.isEmpty()) {
            String all = errors.size() == 1
                    ? errors.getFirst()
                    : errors.stream().collect(joining("\n  ", "errors:\n  ", ""));
            throw ApiException.of(
                    500,
                    "",
                    "failed to create typed patch object (" + call.path().namespace() + "/"
                            + call.path().name() + "; " + call.kind().apiVersion() + ", Kind="
                            + call.kind().kind() + "): " + all);
        }
        for (FieldProblem problem : problems(call.kind(), object, false)) {
            if (!problem.unknown()) {
                throw ApiException.badRequest(cannotBeHandled(call.kind()) + problem.message());
            }
        }
    }

    private static List<String> typedErrors(Kind kind, ObjectNode object) {
        CustomKind custom = kind.custom();
        if (custom == null) {
            return TypedErrors.of(ObjectSchema.of(kind.group(), kind.version(), kind.kind()), object, kind.shape());
        }
        JsonNode schema = custom.schema();
        return schema == null ? List.of() : TypedErrors.of(ObjectSchema.ofDefinition(schema), object, kind.shape());
    }

    private static String cannotBeHandled(Kind kind) {
        return kind.kind() + " in version \"" + kind.version() + "\" cannot be handled as a " + kind.kind() + ": ";
    }

    private static void warn(ApiCall call, List<String> problems) {
        if (!call.query("fieldValidation").equals("Ignore")) {
            Warnings.add(call.response(), problems);
        }
    }

    private static List<FieldProblem> problems(Kind kind, ObjectNode object, boolean patch) {
        CustomKind custom = kind.custom();
        if (custom != null) {
            return custom.schema() == null
                    ? List.of()
                    : SchemaFields.unknown(object, custom.schema()).stream()
                            .map(FieldProblem::unknown)
                            .toList();
        }
        ObjectSchema schema = ObjectSchema.of(kind.group(), kind.version(), kind.kind());
        return patch ? schema.checkPatch(object) : schema.check(object);
    }

    /** Without one it is the first part of the client's name; who applies must say who it is. */
    static String fieldManager(ApiCall call, RequestOperation operation) {
        String named = call.query("fieldManager");
        if (!named.isEmpty() || operation == RequestOperation.APPLY || operation == RequestOperation.DELETE) {
            return named;
        }
        String agent = call.request().getHeader("User-Agent");
        String first =
                agent == null || agent.isBlank() ? "unknown" : agent.strip().split("/", 2)[0];
        return first.substring(0, Math.min(MAX_FIELD_MANAGER, first.length()));
    }
}
