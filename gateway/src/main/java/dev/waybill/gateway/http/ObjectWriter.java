package dev.waybill.gateway.http;

import dev.waybill.gateway.http.table.Tables;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.StoredObject;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers in the form that was asked for: the object, a table, its metadata; JSON or YAML. Thread-safe. */
final class ObjectWriter {
    private static final String META = "meta.k8s.io/";

    private final SecretSealing secrets;

    ObjectWriter(SecretSealing secrets) {
        this.secrets = secrets;
    }

    void object(ApiCall call, int code, StoredObject object) throws IOException {
        String text =
                switch (call.negotiation().form()) {
                    case OBJECT -> served(call.kind(), object);
                    case TABLE -> table(call, object).toString();
                    case METADATA -> metadata(call, object).toString();
                };
        text(call.response(), call.negotiation().encoding(), code, text);
    }

    /** A list at a revision; {@code next} continues it when not empty. */
    void list(ApiCall call, List<StoredObject> objects, long revision, String next, long remaining) throws IOException {
        Kind kind = call.kind();
        ObjectNode metadata = listMetadata(revision, next, remaining);
        switch (call.negotiation().form()) {
            case OBJECT ->
                list(call, head(kind.listKind(), kind.apiVersion(), metadata), "items", objects, o -> served(kind, o));
            case METADATA ->
                list(
                        call,
                        head(
                                "PartialObjectMetadataList",
                                META + call.negotiation().version(),
                                metadata),
                        "items",
                        objects,
                        o -> metadata(call, o).toString());
            case TABLE -> {
                Tables table = new Tables(kind, Instant.now(), carried(call));
                list(
                        call,
                        table.head(META + call.negotiation().version(), metadata),
                        "rows",
                        objects,
                        o -> table.row(o).toString());
            }
        }
    }

    private static void list(
            ApiCall call,
            ObjectNode head,
            String field,
            List<StoredObject> objects,
            Function<StoredObject, String> item)
            throws IOException {
        Negotiation.Encoding encoding = call.negotiation().encoding();
        call.response().setStatus(200);
        call.response().setContentType(mediaType(encoding));
        ListBody.write(
                call.response().getOutputStream(),
                encoding,
                head,
                field,
                objects.stream().map(item).iterator());
    }

    /** The object of a watch event, as text. */
    String watched(ApiCall call, StoredObject object, boolean first) {
        return switch (call.negotiation().form()) {
            case OBJECT -> served(call.kind(), object);
            case TABLE -> {
                ObjectNode table = table(call, object);
                if (!first) {
                    table.putArray("columnDefinitions");
                }
                yield table.toString();
            }
            case METADATA -> metadata(call, object).toString();
        };
    }

    static void json(HttpServletResponse response, int code, JsonNode body) throws IOException {
        text(response, Negotiation.Encoding.JSON, code, body.toString());
    }

    static void text(HttpServletResponse response, Negotiation.Encoding encoding, int code, String json)
            throws IOException {
        boolean yaml = encoding == Negotiation.Encoding.YAML;
        byte[] bytes = (yaml ? ListBody.yaml(json) : json + "\n").getBytes(StandardCharsets.UTF_8);
        response.setStatus(code);
        response.setContentType(mediaType(encoding));
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    private static String mediaType(Negotiation.Encoding encoding) {
        return switch (encoding) {
            case JSON -> "application/json";
            case YAML -> "application/yaml";
        };
    }

    private static ObjectNode head(String kind, String apiVersion, ObjectNode metadata) {
        ObjectNode head = JsonMapper.shared().createObjectNode();
        head.put("kind", kind);
        head.put("apiVersion", apiVersion);
        head.set("metadata", metadata);
        return head;
    }

    /** An object in the version that was asked for. */
    private String served(Kind kind, StoredObject object) {
        return kind.servesAsStored(object.kind())
                ? secrets.open(object)
                : kind.fromStorage(object.copy()).toString();
    }

    private static ObjectNode metadata(ApiCall call, StoredObject object) {
        ObjectNode partial = JsonMapper.shared().createObjectNode();
        partial.put("kind", "PartialObjectMetadata");
        partial.put("apiVersion", META + call.negotiation().version());
        partial.set("metadata", object.json().path("metadata"));
        return partial;
    }

    /** A table of one object. */
    private ObjectNode table(ApiCall call, StoredObject object) {
        Tables table = new Tables(call.kind(), Instant.now(), carried(call));
        ObjectNode body = table.head(META + call.negotiation().version(), listMetadata(object.revision(), "", 0));
        body.putArray("rows").add(table.row(object));
        return body;
    }

    /** What each row of a table carries of its object. */
    private Function<StoredObject, @Nullable JsonNode> carried(ApiCall call) {
        return switch (call.query("includeObject")) {
            case "Object" -> object -> JsonMapper.shared().readTree(served(call.kind(), object));
            case "None" -> object -> null;
            default -> object -> metadata(call, object);
        };
    }

    private static ObjectNode listMetadata(long revision, String next, long remaining) {
        ObjectNode metadata = JsonMapper.shared().createObjectNode();
        metadata.put("resourceVersion", Long.toString(revision));
        if (!next.isEmpty()) {
            metadata.put("continue", next);
            metadata.put("remainingItemCount", remaining);
        }
        return metadata;
    }
}
