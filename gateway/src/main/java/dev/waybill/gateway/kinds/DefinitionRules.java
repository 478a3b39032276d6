package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.cel.SchemaRules;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** CustomResourceDefinitions (k8s.io/apiextensions-apiserver). Stateless. */
final class DefinitionRules implements KindRules {
    private static final Set<String> NAMING = Set.of("Established", "NamesAccepted");

    @Override
    public void defaults(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        Json.defaultText(Json.child(spec, "conversion"), "strategy", "None");
        ConversionRules.defaults(spec);
        ObjectNode names = Json.child(spec, "names");
        String kind = Json.text(names, "kind");
        if (!kind.isEmpty()) {
            Json.defaultText(names, "singular", kind.toLowerCase(Locale.ROOT));
            Json.defaultText(names, "listKind", kind + "List");
        }
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        ArrayNode finalizers = Json.childArray(Json.child(object, "metadata"), "finalizers");
        if (finalizers.valueStream().noneMatch(each -> each.asString("").equals(CustomKinds.CLEANUP))) {
            finalizers.add(CustomKinds.CLEANUP);
        }
        object.putObject("status").putArray("storedVersions");
        status(object);
    }

    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old) {
        status(object);
    }

    /** What the names came to is the writer's to say, so conditions about them outlast a status without them. */
    @Override
    public void prepareForStatus(ObjectNode object, ObjectNode old) {
        ArrayNode conditions = Json.childArray(Json.child(object, "status"), "conditions");
        for (JsonNode known : old.path("status").path("conditions")) {
            String type = Json.text(known, "type");
            boolean gone = conditions
                    .valueStream()
                    .noneMatch(each -> Json.text(each, "type").equals(type));
            if (gone && NAMING.contains(type)) {
                conditions.add(known.deepCopy());
            }
        }
    }

    @Override
    public Set<String> metadataWithStatus() {
        return Set.of();
    }

    private static void status(ObjectNode object) {
        ObjectNode status = Json.child(object, "status");
        status.set("acceptedNames", object.path("spec").path("names").deepCopy());
        ArrayNode stored = Json.childArray(status, "storedVersions");
        for (JsonNode version : object.path("spec").path("versions")) {
            String name = Json.text(version, "name");
            if (version.path("storage").asBoolean(false)
                    && stored.valueStream().noneMatch(each -> each.asString("").equals(name))) {
                stored.add(name);
            }
        }
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        validate(object, old, Judge.AT_ONCE, errors);
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, Judge judge, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        String group = Json.text(spec, "group");
        String plural = Json.text(spec, "names", "plural");
        String name = Json.text(object, "metadata", "name");
        if (group.isEmpty()) {
            errors.add(FieldError.required("spec.group", ""));
        } else if (!group.contains(".")) {
            errors.add(
                    FieldError.invalid("spec.group", Syntax.quoted(group), "should be a domain with at least one dot"));
        }
        for (String field : List.of("plural", "kind")) {
            if (Json.text(spec, "names", field).isEmpty()) {
                errors.add(FieldError.required("spec.names." + field, ""));
            }
        }
        if (!name.equals(plural + "." + group)) {
            errors.add(FieldError.invalid(
                    "metadata.name", Syntax.quoted(name), "must be spec.names.plural+\".\"+spec.group"));
        }
        Syntax.oneOf(spec, "scope", "spec.scope", List.of("Cluster", "Namespaced"), errors);
        ConversionRules.validate(spec, old == null ? Json.object() : old.path("spec"), errors);
        versions(spec.path("versions"), errors);
        if (spec.path("versions").valueStream().anyMatch(version -> SchemaRules.has(schema(version)))) {
            errors.addAll(judge.findings(new DefinitionExaminer(), object, old));
        }
        if (old != null) {
            Syntax.immutable(spec.path("scope"), old.path("spec").path("scope"), "spec.scope", errors);
            Syntax.immutable(spec.path("group"), old.path("spec").path("group"), "spec.group", errors);
        }
    }

    private static void scale(JsonNode scale, String at, List<FieldError> errors) {
        if (!scale.isObject()) {
            return;
        }
        Map<String, String> prefixes = Map.of("specReplicasPath", ".spec.", "statusReplicasPath", ".status.");
        prefixes.forEach((field, prefix) -> {
            String path = Json.text(scale, field);
            if (!path.startsWith(prefix) || path.endsWith(".") || path.contains("[")) {
                errors.add(FieldError.invalid(
                        at + "." + field,
                        Syntax.quoted(path),
                        "should be a json path under " + prefix.substring(0, prefix.length() - 1)));
            }
        });
        String selector = Json.text(scale, "labelSelectorPath");
        if (!selector.isEmpty() && !selector.startsWith(".")) {
            errors.add(FieldError.invalid(
                    at + ".labelSelectorPath",
                    Syntax.quoted(selector),
                    "should be a json path under .spec or .status"));
        }
    }

    private static JsonNode schema(JsonNode version) {
        return version.path("schema").path("openAPIV3Schema");
    }

    private static void versions(JsonNode versions, List<FieldError> errors) {
        int stored = 0;
        int index = 0;
        for (JsonNode version : versions) {
            String at = "spec.versions[" + index++ + "]";
            stored += version.path("storage").asBoolean(false) ? 1 : 0;
            String wrong = Syntax.dnsLabel(Json.text(version, "name"));
            if (wrong != null) {
                errors.add(FieldError.invalid(at + ".name", Syntax.quoted(Json.text(version, "name")), wrong));
            }
            scale(version.path("subresources").path("scale"), at + ".subresources.scale", errors);
            JsonNode schema = schema(version);
            if (!schema.isObject()) {
                errors.add(FieldError.required(at + ".schema.openAPIV3Schema", "schemas are required"));
            } else if (!Json.text(schema, "type").equals("object")) {
                errors.add(FieldError.invalid(
                        at + ".schema.openAPIV3Schema.type",
                        Syntax.quoted(Json.text(schema, "type")),
                        "must be object at the root"));
            }
        }
        if (stored != 1) {
            errors.add(FieldError.invalid(
                    "spec.versions", versions.toString(), "must have exactly one version marked as storage version"));
        }
    }
}
