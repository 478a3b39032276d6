package dev.waybill.gateway.http;

import dev.waybill.gateway.http.table.Tables;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.StoredObject;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers in the form that was asked for: the object, a table, its metadata; JSON or YAML. Thread-safe. */
final class ObjectWriter {
    private final SecretSealing secrets;

    ObjectWriter(SecretSealing secrets) {
        this.secrets = secrets;
    }

    void object(ApiCall call, int code, StoredObject object) throws IOException {
        String text =
                switch (call.negotiation().form()) {
                    case OBJECT -> served(call.kind(), object);
                    case TABLE ->
                        table(call, List.of(object), object.revision(), "", 0).toString();
                    case METADATA -> metadata(object).toString();
                };
        text(call.response(), call.negotiation().encoding(), code, text);
    }

    /** A list at a revision; {@code next} continues it when not empty. */
    void list(ApiCall call, List<StoredObject> objects, long revision, String next, long remaining) throws IOException {
        if (call.negotiation().form() == Negotiation.Form.OBJECT
                && call.negotiation().encoding() == Negotiation.Encoding.JSON) {
            stream(call, objects, revision, next, remaining);
            return;
        }
        String text =
                switch (call.negotiation().form()) {
                    case OBJECT -> objectList(call.kind(), objects, revision, next, remaining);
                    case TABLE ->
                        table(call, objects, revision, next, remaining).toString();
                    case METADATA -> metadataList(objects, revision, next, remaining);
                };
        text(call.response(), call.negotiation().encoding(), 200, text);
    }

    /** Object by object, so that a long list is never in memory as one text. */
    private void stream(ApiCall call, List<StoredObject> objects, long revision, String next, long remaining)
            throws IOException {
        call.response().setStatus(200);
        call.response().setContentType("application/json");
        OutputStream out = call.response().getOutputStream();
        out.write(bytes(head(call.kind(), revision, next, remaining)));
        for (int i = 0; i < objects.size(); i++) {
            out.write(bytes((i == 0 ? "" : ",") + served(call.kind(), objects.get(i))));
        }
        out.write(bytes("]}\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The object of a watch event, as text. */
    String watched(ApiCall call, StoredObject object, boolean first) {
        return switch (call.negotiation().form()) {
            case OBJECT -> served(call.kind(), object);
            case TABLE -> {
                ObjectNode table = table(call, List.of(object), object.revision(), "", 0);
                if (!first) {
                    table.putArray("columnDefinitions");
                }
                yield table.toString();
            }
            case METADATA -> metadata(object).toString();
        };
    }

    static void json(HttpServletResponse response, int code, JsonNode body) throws IOException {
        text(response, Negotiation.Encoding.JSON, code, body.toString());
    }

    static void text(HttpServletResponse response, Negotiation.Encoding encoding, int code, String json)
            throws IOException {
        boolean yaml = encoding == Negotiation.Encoding.YAML;
        byte[] bytes = (yaml ? yaml(json) : json + "\n").getBytes(StandardCharsets.UTF_8);
        response.setStatus(code);
        response.setContentType(yaml ? "application/yaml" : "application/json");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    private static String yaml(String json) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        return new Yaml(options).dump(JsonMapper.shared().readValue(json, Object.class));
    }

    private String objectList(Kind kind, List<StoredObject> objects, long revision, String next, long remaining) {
        StringBuilder text = new StringBuilder(objects.size() * 1024 + 128);
        text.append(head(kind, revision, next, remaining));
        for (int i = 0; i < objects.size(); i++) {
            text.append(i == 0 ? "" : ",").append(served(kind, objects.get(i)));
        }
        return text.append("]}").toString();
    }

    private static String head(Kind kind, long revision, String next, long remaining) {
        return "{\"kind\":\"" + kind.listKind() + "\",\"apiVersion\":\"" + kind.apiVersion() + "\",\"metadata\":"
                + listMetadata(revision, next, remaining) + ",\"items\":[";
    }

    /** An object in the version that was asked for. */
    private String served(Kind kind, StoredObject object) {
        return object.kind().apiVersion().equals(kind.apiVersion())
                ? secrets.open(object)
                : kind.fromStorage(object.copy()).toString();
    }

    private static String metadataList(List<StoredObject> objects, long revision, String next, long remaining) {
        ObjectNode list = JsonMapper.shared().createObjectNode();
        list.put("kind", "PartialObjectMetadataList");
        list.put("apiVersion", "meta.k8s.io/v1");
        list.set("metadata", listMetadata(revision, next, remaining));
        ArrayNode items = list.putArray("items");
        objects.forEach(object -> items.add(metadata(object)));
        return list.toString();
    }

    private static ObjectNode metadata(StoredObject object) {
        ObjectNode partial = JsonMapper.shared().createObjectNode();
        partial.put("kind", "PartialObjectMetadata");
        partial.put("apiVersion", "meta.k8s.io/v1");
        partial.set("metadata", object.json().path("metadata"));
        return partial;
    }

    private ObjectNode table(ApiCall call, List<StoredObject> objects, long revision, String next, long remaining) {
        ObjectNode table = Tables.of(
                call.kind(),
                objects,
                Instant.now(),
                switch (call.query("includeObject")) {
                    case "Object" -> object -> JsonMapper.shared().readTree(served(call.kind(), object));
                    case "None" -> object -> null;
                    default -> ObjectWriter::metadata;
                });
        table.set("metadata", listMetadata(revision, next, remaining));
        return table;
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
