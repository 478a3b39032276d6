package dev.waybill.gateway.http.protobuf;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.waybill.gateway.kinds.Json;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Messages that Kubernetes' JSON does not write as objects: times, quantities, ports by number or name. Stateless. */
final class WellKnown {
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private WellKnown() {}

    /** Null for a time that is not set. */
    static @Nullable JsonNode json(Descriptor type, ObjectNode message) throws InvalidProtocolBufferException {
        return switch (type.getFullName()) {
            case "k8s.io.apimachinery.pkg.apis.meta.v1.Time" -> time(message, SECONDS);
            case "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime" -> time(message, MICROS);
            case "k8s.io.apimachinery.pkg.api.resource.Quantity" ->
                JsonNodeFactory.instance.stringNode(message.has("string") ? Json.text(message, "string") : "0");
            case "k8s.io.apimachinery.pkg.util.intstr.IntOrString" -> intOrString(message);
            case "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1" -> raw(message, "Raw");
            case "k8s.io.apimachinery.pkg.runtime.RawExtension" -> raw(message, "raw");
            default -> isList(type) ? Json.childArray(message, "items") : message;
        };
    }

    /** A list of texts as the value of a map: Go's map[string][]string. */
    private static boolean isList(Descriptor type) {
        return type.getName().equals("ExtraValue");
    }

    private static @Nullable JsonNode time(ObjectNode message, DateTimeFormatter format)
            throws InvalidProtocolBufferException {
        long seconds = Json.number(message, "seconds", 0);
        long nanos = Json.number(message, "nanos", 0);
        if (seconds == 0 && nanos == 0) {
            return null;
        }
        try {
            return JsonNodeFactory.instance.stringNode(format.format(Instant.ofEpochSecond(seconds, nanos)));
        } catch (DateTimeException e) {
            throw new InvalidProtocolBufferException("no such time: " + seconds + " s since 1970");
        }
    }

    private static JsonNode intOrString(ObjectNode message) {
        return Json.number(message, "type", 0) == 0
                ? Json.number(Json.number(message, "intVal", 0))
                : JsonNodeFactory.instance.stringNode(Json.text(message, "strVal"));
    }

    private static JsonNode raw(ObjectNode message, String field) throws InvalidProtocolBufferException {
        byte[] bytes = Base64.getDecoder().decode(Json.text(message, field));
        try {
            return bytes.length == 0 ? Json.object() : Json.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw new InvalidProtocolBufferException("raw JSON: " + e.getOriginalMessage());
        }
    }
}
