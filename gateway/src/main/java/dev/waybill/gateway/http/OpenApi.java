package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.schema.SchemaDocument;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAPI v3: paths with their parameters, by which kubectl sees that the server validates fields itself, and schemas for
 * {@code kubectl explain}. The patch operations name no strategic-merge media type: for that kubectl reads
 * {@link OpenApiV2}, whose fields carry their merge keys. Thread-safe.
 */
final class OpenApi {
    private final Map<String, ObjectNode> built = new ConcurrentHashMap<>();
    private final Discovery discovery;

    OpenApi(Discovery discovery) {
        this.discovery = discovery;
    }

    /** {@code /openapi/v3}. */
    ObjectNode index() {
        ObjectNode index = JsonMapper.shared().createObjectNode();
        ObjectNode paths = index.putObject("paths");
        discovery
                .versionsByGroup()
                .forEach((group, versions) -> versions.forEach(version -> {
                    String path = group.isEmpty() ? "api/" + version : "apis/" + group + "/" + version;
                    paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path);
                }));
        return index;
    }

    /** {@code /openapi/v3/apis/GROUP/VERSION}. */
    ObjectNode document(String group, String version) {
        return built.computeIfAbsent(group + "/" + version, key -> build(group, version));
    }

    private ObjectNode build(String group, String version) {
        ObjectNode document = JsonMapper.shared().createObjectNode();
        document.put("openapi", "3.0.0");
        document.putObject("info").put("title", "Waybill").put("version", "v1.35.0");
        ObjectNode paths = document.putObject("paths");
        ObjectNode schemas = document.putObject("components").putObject("schemas");
        for (Kind kind : discovery.kindsOf(group, version)) {
            String base = (group.isEmpty() ? "/api/" : "/apis/" + group + "/")
                    + version
                    + (kind.namespaced() ? "/namespaces/{namespace}/" : "/")
                    + kind.plural();
            ObjectNode collection = paths.putObject(base);
            operation(collection, "get", "list", kind);
            operation(collection, "post", "post", kind);
            ObjectNode object = paths.putObject(base + "/{name}");
            operation(object, "get", "get", kind);
            operation(object, "put", "put", kind);
            operation(object, "patch", "patch", kind);
            operation(object, "delete", "delete", kind);
            for (String subresource : discovery.objectSubresources(kind)) {
                ObjectNode part = paths.putObject(base + "/{name}/" + subresource);
                operation(part, "get", "get", kind);
                operation(part, "put", "put", kind);
                operation(part, "patch", "patch", kind);
            }
            if (kind.custom() == null && kind.verbs().contains("watch")) {
                watches(paths, (group.isEmpty() ? "/api/" : "/apis/" + group + "/") + version + "/watch/", kind);
            }
            define(new SchemaDocument(schemas, SchemaDocument.Dialect.V3), kind);
        }
        return document;
    }

    /** The deprecated paths of watches, which Kubernetes still names for its own kinds. */
    private static void watches(ObjectNode paths, String base, Kind kind) {
        String place = kind.namespaced() ? "namespaces/{namespace}/" : "";
        operation(paths.putObject(base + kind.plural()), "get", "watchlist", kind);
        if (kind.namespaced()) {
            operation(paths.putObject(base + place + kind.plural()), "get", "watchlist", kind);
        }
        operation(paths.putObject(base + place + kind.plural() + "/{name}"), "get", "watch", kind);
    }

    /** Adds a kind's schema, which says what it is the schema of. */
    static void define(SchemaDocument schemas, Kind kind) {
        ObjectNode schema = kind.custom() == null
                ? schemas.add(schemaName(kind), kind.group(), kind.version(), kind.kind())
                : schemas.custom(schemaName(kind), kind.custom().schema());
        gvk(schema.putArray("x-kubernetes-group-version-kind").addObject(), kind);
    }

    private static void operation(ObjectNode path, String method, String action, Kind kind) {
        ObjectNode operation = path.putObject(method);
        operation.put("x-kubernetes-action", action);
        if (action.startsWith("watch")) {
            operation.put("deprecated", true);
        }
        gvk(operation.putObject("x-kubernetes-group-version-kind"), kind);
        ArrayNode parameters = operation.putArray("parameters");
        if (method.equals("post") || method.equals("put") || method.equals("patch")) {
            for (String name : new String[] {"dryRun", "fieldManager", "fieldValidation"}) {
                parameters
                        .addObject()
                        .put("name", name)
                        .put("in", "query")
                        .putObject("schema")
                        .put("type", "string");
            }
        }
        operation.putObject("responses").putObject("200").put("description", "OK");
    }

    static void gvk(ObjectNode node, Kind kind) {
        node.put("group", kind.group()).put("version", kind.version()).put("kind", kind.kind());
    }

    private static String schemaName(Kind kind) {
        return "dev.waybill." + (kind.group().isEmpty() ? "core" : kind.group()) + "." + kind.version() + "."
                + kind.kind();
    }
}
