package dev.waybill.gateway.http;

import dev.waybill.gateway.http.protobuf.OpenApiMessage;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.schema.SchemaDocument;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAPI v2 of every kind in one document, which kubectl before 1.27 checks and explains manifests with. The operations
 * are those by which clients see that a kind may be patched, and tried without effect. Built when asked for, since few
 * ask. Thread-safe.
 */
final class OpenApiV2 {
    /** Words of JSON schema that OpenAPI v2 does not have. */
    private static final Set<String> LATER_WORDS =
            Set.of("oneOf", "anyOf", "not", "nullable", "x-kubernetes-validations");

    private final Discovery discovery;
    private volatile @Nullable ObjectNode built;

    OpenApiV2(Discovery discovery) {
        this.discovery = discovery;
    }

    /** {@code /openapi/v2}. */
    ObjectNode document() {
        ObjectNode known = built;
        if (known == null) {
            known = build();
            built = known;
        }
        return known;
    }

    /** Whether a caller asks for the form that older kubectl reads. */
    static boolean isProtobuf(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return accept != null && accept.contains("proto-openapi.spec.v2");
    }

    void writeProtobuf(HttpServletResponse response) throws IOException {
        response.setContentType("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
        response.getOutputStream().write(OpenApiMessage.encode(document()));
    }

    private ObjectNode build() {
        ObjectNode document = JsonMapper.shared().createObjectNode();
        document.put("swagger", "2.0");
        document.putObject("info").put("title", "Waybill").put("version", "v1.35.0");
        ObjectNode paths = document.putObject("paths");
        SchemaDocument definitions = new SchemaDocument(document.putObject("definitions"), SchemaDocument.Dialect.V2);
        discovery
                .versionsByGroup()
                .forEach((group, versions) -> versions.forEach(
                        version -> discovery.kindsOf(group, version).forEach(kind -> add(paths, definitions, kind))));
        strip(document);
        return document;
    }

    private static void add(ObjectNode paths, SchemaDocument definitions, Kind kind) {
        String path = (kind.group().isEmpty() ? "/api/" : "/apis/" + kind.group() + "/")
                + kind.version()
                + (kind.namespaced() ? "/namespaces/{namespace}/" : "/")
                + kind.plural()
                + "/{name}";
        ObjectNode patch = paths.putObject(path).putObject("patch");
        ArrayNode consumes = patch.putArray("consumes");
        consumes.add("application/json-patch+json").add("application/merge-patch+json");
        if (kind.custom() == null) {
            consumes.add("application/strategic-merge-patch+json");
        }
        consumes.add("application/apply-patch+yaml");
        ArrayNode parameters = patch.putArray("parameters");
        for (String name : new String[] {"dryRun", "fieldManager", "fieldValidation", "force"}) {
            parameters.addObject().put("name", name).put("in", "query").put("type", "string");
        }
        patch.put("x-kubernetes-action", "patch");
        OpenApi.gvk(patch.putObject("x-kubernetes-group-version-kind"), kind);
        OpenApi.define(definitions, kind);
    }

    private static void strip(ObjectNode node) {
        node.remove(LATER_WORDS);
        node.forEach(child -> {
            if (child instanceof ObjectNode object) {
                strip(object);
            }
        });
    }
}
