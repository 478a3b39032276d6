package dev.waybill.gateway.http;

import dev.waybill.gateway.http.protobuf.MalformedBodyException;
import dev.waybill.gateway.http.protobuf.ProtobufBody;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Request bodies: JSON, YAML or protobuf, bounded in size and depth. Thread-safe. */
final class BodyReader {
    /** What Kubernetes accepts at most. */
    static final int MAX_BYTES = 3 << 20;

    /** Elements that a YAML body may have by its aliases, beyond those that are written out. */
    private static final int ALIASED = 50_000;

    private static final int MAX_DEPTH = 200;

    /** Also of bodies that have a field twice: the last one counts. */
    private static final JsonMapper LENIENT = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .build();

    private static final JsonMapper JSON = LENIENT.rebuild()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private BodyReader() {}

    /** @param duplicates the fields that it has more than once, as a message tells them; the last ones are in the tree */
    record Body(JsonNode tree, List<String> duplicates) {}

    /**
     * Reads the body as a tree, whatever it has more than once.
     *
     * @throws ApiException as {@link #body}
     */
    static JsonNode read(ApiCall call) throws IOException {
        return body(call).tree();
    }

    /**
     * Reads the body.
     *
     * @throws ApiException 400, 413, 415 or 504 when it is malformed, too large, in a format that is not spoken or slow
     */
    static Body body(ApiCall call) throws IOException {
        String type = mediaType(call.request());
        byte[] bytes = bytes(call.request(), call.deadline());
        return switch (type) {
            case "application/yaml", "application/apply-patch+yaml" -> yaml(bytes);
            case "",
                    "application/json",
                    "application/apply-patch+json",
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/strategic-merge-patch+json" -> json(bytes);
            case ProtobufBody.MEDIA_TYPE -> new Body(protobuf(bytes), List.of());
            default ->
                throw ApiException.of(
                        415,
                        "UnsupportedMediaType",
                        "the body of the request was in an unknown format - accepted media types include:"
                                + " application/json, application/yaml, " + ProtobufBody.MEDIA_TYPE);
        };
    }

    /** The media type of the body without parameters; empty when there is none. */
    static String mediaType(HttpServletRequest request) {
        String type = request.getContentType();
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /** The whole body, which must not be too large nor take too long in coming. */
    private static byte[] bytes(HttpServletRequest request, Deadline deadline) throws IOException {
        if (request.getContentLengthLong() > MAX_BYTES) {
            throw tooLarge();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[8 << 10];
        try {
            for (int read; (read = request.getInputStream().read(buffer)) >= 0; ) {
                body.write(buffer, 0, read);
                if (body.size() > MAX_BYTES) {
                    throw tooLarge();
                }
                if (deadline.isPast()) {
                    throw ApiException.tooSlow();
                }
            }
        } catch (SocketTimeoutException e) {
            throw ApiException.tooSlow();
        }
        return body.toByteArray();
    }

    private static ApiException tooLarge() {
        return ApiException.of(413, "RequestEntityTooLarge", "Request entity too large: limit is " + MAX_BYTES);
    }

    private static Body json(byte[] bytes) {
        try {
            return new Body(JSON.readTree(bytes), List.of());
        } catch (JacksonException strict) {
            try {
                JsonNode tree = LENIENT.readTree(bytes);
                return new Body(tree, DuplicateFields.ofJson(LENIENT.createParser(bytes)));
            } catch (JacksonException e) {
                throw ApiException.badRequest("couldn't parse the body as JSON: " + e.getOriginalMessage());
            }
        }
    }

    private static JsonNode protobuf(byte[] bytes) {
        try {
            return ProtobufBody.decode(bytes);
        } catch (MalformedBodyException e) {
            throw ApiException.badRequest("couldn't parse the body as protobuf: " + e.getMessage());
        }
    }

    private static Body yaml(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        try {
            try {
                return new Body(yaml(text, false), List.of());
            } catch (DuplicateKeyException e) {
                JsonNode tree = yaml(text, true);
                Node root = new Yaml(options(true)).compose(new StringReader(text));
                return new Body(tree, DuplicateFields.ofYaml(root));
            }
        } catch (YAMLException | JacksonException e) {
            throw ApiException.badRequest("couldn't parse the body as YAML: " + e.getMessage());
        }
    }

    private static JsonNode yaml(String text, boolean duplicates) {
        Object value = new Yaml(new SafeConstructor(options(duplicates))).load(text);
        if (rest(value, text.length() + ALIASED) < 0) {
            throw ApiException.badRequest("couldn't parse the body as YAML: its aliases make it too large");
        }
        return JSON.valueToTree(value);
    }

    private static LoaderOptions options(boolean duplicates) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(duplicates);
        options.setMaxAliasesForCollections(50);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setCodePointLimit(MAX_BYTES);
        return options;
    }

    /** What is left of a number of elements after those of a value; negative when it has more. */
    private static long rest(@Nullable Object value, long elements) {
        long left = elements - 1;
        Iterable<?> parts =
                switch (value) {
                    case Map<?, ?> map -> map.values();
                    case Collection<?> list -> list;
                    case null, default -> List.of();
                };
        for (Object part : parts) {
            if (left < 0) {
                break;
            }
            left = rest(part, left);
        }
        return left;
    }
}
