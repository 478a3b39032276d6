package dev.waybill.gateway.http.protobuf;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * An OpenAPI v2 document as the protobuf message {@code openapi.v2.Document} of the gnostic project, the only form that
 * older kubectl asks for. Numbers are those of its {@code OpenAPIv2.proto}; what our documents never have is left out.
 */
public final class OpenApiMessage {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    private OpenApiMessage() {}

    /** Encodes a document. */
    public static byte[] encode(JsonNode document) {
        return message(all -> {
                    all.text(1, document.path("swagger"));
                    all.nested(2, info -> {
                        info.text(1, document.path("info").path("title"));
                        info.text(2, document.path("info").path("version"));
                    });
                    all.nested(
                            8,
                            paths -> document.path("paths")
                                    .properties()
                                    .forEach(path -> paths.named(
                                            2,
                                            path.getKey(),
                                            item -> item.nested(
                                                    8,
                                                    patch -> operation(
                                                            patch,
                                                            path.getValue().path("patch"))))));
                    all.nested(9, definitions -> schemas(definitions, document.path("definitions")));
                })
                .toByteArray();
    }

    private static void operation(OpenApiMessage to, JsonNode operation) {
        operation.path("consumes").forEach(type -> to.text(7, type));
        operation
                .path("parameters")
                .forEach(parameter -> to.nested(
                        8,
                        item -> item.nested(
                                1,
                                any -> any.nested(
                                        2,
                                        notBody -> notBody.nested(3, query -> {
                                            query.text(2, parameter.path("in"));
                                            query.text(4, parameter.path("name"));
                                            query.text(6, parameter.path("type"));
                                        })))));
        extensions(to, 13, operation);
    }

    private static void schemas(OpenApiMessage to, JsonNode named) {
        named.properties().forEach(entry -> to.named(1, entry.getKey(), schema -> schema(schema, entry.getValue())));
    }

    private static void schema(OpenApiMessage to, JsonNode schema) {
        to.text(1, schema.path("$ref"));
        to.text(2, schema.path("format"));
        to.text(4, schema.path("description"));
        to.any(5, schema.path("default"));
        schema.path("required").forEach(name -> to.text(19, name));
        schema.path("enum").forEach(value -> to.any(20, value));
        JsonNode additional = schema.path("additionalProperties");
        if (additional.isObject()) {
            to.nested(21, item -> item.nested(1, value -> schema(value, additional)));
        }
        if (schema.path("type").isString()) {
            to.nested(22, types -> types.text(1, schema.path("type")));
        }
        if (schema.path("items").isObject()) {
            to.nested(23, items -> items.nested(1, item -> schema(item, schema.path("items"))));
        }
        if (schema.path("properties").isObject()) {
            to.nested(25, properties -> schemas(properties, schema.path("properties")));
        }
        extensions(to, 31, schema);
    }

    /** JSON is YAML. */
    private static void extensions(OpenApiMessage to, int field, JsonNode holder) {
        holder.properties().stream()
                .filter(entry -> entry.getKey().startsWith("x-"))
                .forEach(entry -> to.named(
                        field,
                        entry.getKey(),
                        value -> value.text(2, entry.getValue().toString())));
    }

    private void any(int field, JsonNode value) {
        if (!value.isMissingNode()) {
            nested(field, any -> any.text(2, value.toString()));
        }
    }

    private void text(int field, JsonNode value) {
        if (value.isString()) {
            text(field, value.asString());
        }
    }

    private void text(int field, String value) {
        try {
            out.writeString(field, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message of a name (1) and a value (2). */
    private void named(int field, String name, Consumer<OpenApiMessage> value) {
        nested(field, pair -> {
            pair.text(1, name);
            pair.nested(2, value);
        });
    }

    private void nested(int field, Consumer<OpenApiMessage> content) {
        try {
            out.writeBytes(field, message(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteString message(Consumer<OpenApiMessage> content) {
        OpenApiMessage message = new OpenApiMessage();
        content.accept(message);
        try {
            message.out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteString.copyFrom(message.bytes.toByteArray());
    }
}
