package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.CustomKind.PrinterColumn;
import dev.waybill.gateway.kinds.CustomKind.ScalePaths;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The kinds that CustomResourceDefinitions bring. Stateless. */
public final class CustomKinds {
    public static final String GROUP = "apiextensions.k8s.io";
    public static final String RESOURCE = "customresourcedefinitions";

    /** The finalizer that holds a deleted definition until its objects are gone. */
    public static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

    private CustomKinds() {}

    /** The kind in each version that a definition serves; none until it is established. */
    public static List<Kind> of(JsonNode definition) {
        List<Kind> kinds = new ArrayList<>();
        if (!established(definition)) {
            return kinds;
        }
        Conversion conversion = WebhookConversion.of(definition);
        String storage = "";
        for (JsonNode version : definition.path("spec").path("versions")) {
            storage = version.path("storage").asBoolean(false) ? Json.text(version, "name") : storage;
        }
        for (JsonNode version : definition.path("spec").path("versions")) {
            // The version that is stored must be known even when it is not served.
            if (version.path("served").asBoolean(false)
                    || version.path("storage").asBoolean(false)) {
                kinds.add(kind(definition.path("spec"), version, storage, conversion));
            }
        }
        return kinds;
    }

    /** Whether its names are its own. */
    public static boolean established(JsonNode definition) {
        for (JsonNode condition : definition.path("status").path("conditions")) {
            if (Json.text(condition, "type").equals("Established")) {
                return Json.text(condition, "status").equals("True");
            }
        }
        return false;
    }

    /** The kind of an object whose definition is not known yet, or no more. */
    public static Kind unknown(String group, String version, String kind, String plural, boolean namespaced) {
        String apiVersion = group.isEmpty() ? version : group + "/" + version;
        return KindBuilder.of(apiVersion, kind, plural, namespaced, KindRules.STORED)
                .custom(new CustomKind(null, List.of(), null))
                .counted()
                .done();
    }

    private static Kind kind(JsonNode spec, JsonNode version, String storage, Conversion conversion) {
        String group = Json.text(spec, "group");
        JsonNode names = spec.path("names");
        JsonNode schema = version.path("schema").path("openAPIV3Schema");
        List<String> subresources = new ArrayList<>();
        JsonNode scale = version.path("subresources").path("scale");
        if (version.path("subresources").has("status")) {
            subresources.add("status");
        }
        if (scale.isObject()) {
            subresources.add("scale");
        }
        KindRules rules =
                new CustomRules(schema, spec.path("preserveUnknownFields").asBoolean(false), selectable(version));
        KindBuilder builder = KindBuilder.of(
                        group + "/" + Json.text(version, "name"),
                        Json.text(names, "kind"),
                        Json.text(names, "plural"),
                        Json.text(spec, "scope").equals("Namespaced"),
                        rules)
                .singular(Json.text(names, "singular"))
                .shortNames(strings(names.path("shortNames")))
                .categories(strings(names.path("categories")))
                .sub(subresources.toArray(String[]::new))
                .storedAs(group, storage, conversion)
                .counted()
                .custom(new CustomKind(
                        schema.isObject() ? schema : null,
                        columns(version),
                        scale.isObject()
                                ? new ScalePaths(
                                        Json.text(scale, "specReplicasPath"),
                                        Json.text(scale, "statusReplicasPath"),
                                        Json.text(scale, "labelSelectorPath"))
                                : null));
        return version.path("served").asBoolean(false)
                ? builder.done()
                : builder.verbs().done();
    }

    private static List<PrinterColumn> columns(JsonNode version) {
        List<PrinterColumn> columns = new ArrayList<>();
        for (JsonNode column : version.path("additionalPrinterColumns")) {
            columns.add(new PrinterColumn(
                    Json.text(column, "name"),
                    Json.text(column, "type"),
                    Json.text(column, "format"),
                    (int) Json.number(column, "priority", 0),
                    Json.text(column, "jsonPath")));
        }
        return columns;
    }

    private static List<String> selectable(JsonNode version) {
        List<String> paths = new ArrayList<>();
        for (JsonNode field : version.path("selectableFields")) {
            String path = Json.text(field, "jsonPath");
            paths.add(path.startsWith(".") ? path.substring(1) : path);
        }
        return paths;
    }

    private static String[] strings(JsonNode list) {
        return list.valueStream().map(each -> each.asString("")).toArray(String[]::new);
    }
}
