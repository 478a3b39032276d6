package dev.waybill.gateway.conversion;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Syntax;
import dev.waybill.gateway.kinds.WebhookConversion;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One question to a conversion webhook, and what is made of its answer: as many objects in the same order, of the version
 * that was asked for, with the metadata that they had but for labels and annotations (apiextensions-apiserver,
 * pkg/apiserver/conversion). Immutable.
 *
 * @param uid of this question; the answer must bear it
 * @param list whether the caller asked for a list, which messages tell
 * @param objects complete, of one kind; none of them is in the version that is wanted
 */
public record ConversionReview(
        WebhookConversion webhook, String uid, String apiVersion, boolean list, List<ObjectNode> objects) {
    private static final String GROUP = "apiextensions.k8s.io/";
    private static final String KIND = "ConversionReview";

    /** What is sent. */
    public String request() {
        ObjectNode review = Json.object();
        review.put("kind", KIND).put("apiVersion", GROUP + version());
        ObjectNode request = review.putObject("request");
        request.put("uid", uid).put("desiredAPIVersion", apiVersion);
        objects.forEach(request.putArray("objects")::add);
        return Json.write(review);
    }

    /** The first version of ConversionReview that both sides speak. */
    private String version() {
        return webhook.reviewVersions().stream()
                .filter(WebhookConversion.SPOKEN::contains)
                .findFirst()
                .orElseThrow(() -> new ConversionFailedException("no supported conversion review versions"));
    }

    /** That no answer could be had. */
    public ConversionFailedException failed(String why) {
        return new ConversionFailedException(subject() + " failed: " + why);
    }

    /**
     * The converted objects.
     *
     * @throws ConversionFailedException when the answer says so, or is not what it must be
     */
    public List<ObjectNode> converted(String answer) {
        JsonNode results = results(answer);
        if (results.size() != objects.size()) {
            throw new ConversionFailedException(
                    subject() + " returned " + results.size() + " objects, expected " + objects.size());
        }
        List<ObjectNode> converted = new ArrayList<>();
        for (int i = 0; i < objects.size(); i++) {
            converted.add(checked(objects.get(i), results.get(i), i));
        }
        return converted;
    }

    private JsonNode results(String answer) {
        JsonNode review;
        try {
            review = Json.parse(answer);
        } catch (JacksonException e) {
            throw failed("couldn't get version/kind; json parse error: " + e.getOriginalMessage());
        }
        String version = version();
        // The older version's answers were never asked for their type or uid.
        boolean strict = version.equals("v1");
        String type = gvk(Json.text(review, "apiVersion"), Json.text(review, "kind"));
        if (strict && !type.equals(gvk(GROUP + version, KIND))) {
            throw failed("expected webhook response of " + gvk(GROUP + version, KIND) + ", got " + type);
        }
        JsonNode response = review.path("response");
        if (!response.isObject()) {
            throw failed("no response provided");
        }
        if (strict && !Json.text(response, "uid").equals(uid)) {
            throw failed("expected response.uid=\"" + uid + "\", got \"" + Json.text(response, "uid") + "\"");
        }
        JsonNode result = response.path("result");
        if (!Json.text(result, "status").equals("Success")) {
            String message = Json.text(result, "message");
            throw failed(
                    message.isEmpty()
                            ? "response.result.status was '" + Json.text(result, "status") + "', not 'Success'"
                            : message);
        }
        return response.path("convertedObjects");
    }

    private ObjectNode checked(ObjectNode original, JsonNode result, int index) {
        String returned = subject() + " returned invalid " + (list ? "converted object" : "object");
        String at = list ? " at index " + index : "";
        if (!(result instanceof ObjectNode converted)) {
            throw new ConversionFailedException(returned + " at index " + index + ": it is no object");
        }
        String version = Json.text(converted, "apiVersion");
        if (!version.equals(apiVersion)) {
            throw new ConversionFailedException(returned + " at index " + index + ": invalid groupVersion (expected "
                    + apiVersion + ", received " + version + ")");
        }
        if (!Json.text(converted, "kind").equals(Json.text(original, "kind"))) {
            throw new ConversionFailedException(returned + " at index " + index + ": invalid kind (expected "
                    + Json.text(original, "kind") + ", received " + Json.text(converted, "kind") + ")");
        }
        for (String field : List.of("name", "namespace", "uid")) {
            String before = Json.text(original, "metadata", field);
            String after = Json.text(converted, "metadata", field);
            if (!before.equals(after)) {
                throw new ConversionFailedException(returned + at + ": must have the same "
                        + (field.equals("uid") ? "UID" : field) + ": " + before + " != " + after);
            }
        }
        restoreMetadata(
                original,
                converted,
                subject() + " returned invalid metadata" + (list ? " in object at index " + index : "") + ": ");
        return converted;
    }

    /** Everything as it was, but for labels and annotations. */
    private static void restoreMetadata(ObjectNode original, ObjectNode converted, String invalid) {
        if (!converted.has("metadata")) {
            throw new ConversionFailedException(invalid + "missing metadata in converted object");
        }
        JsonNode brought = converted.path("metadata");
        if (!brought.isObject()) {
            throw new ConversionFailedException(invalid + "invalid metadata in converted object");
        }
        ObjectNode metadata =
                original.get("metadata") instanceof ObjectNode present ? present.deepCopy() : Json.object();
        for (String field : List.of("labels", "annotations")) {
            JsonNode texts = brought.path(field);
            if (texts.isMissingNode() || texts.isNull()) {
                metadata.remove(field);
                continue;
            }
            if (!texts.isObject()) {
                throw new ConversionFailedException(invalid + "invalid metadata." + field + " in converted object");
            }
            texts.properties().forEach(text -> {
                if (!text.getValue().isString()) {
                    throw new ConversionFailedException(invalid + "metadata." + field + "[" + text.getKey()
                            + "] must be a string in converted object");
                }
            });
            if (!texts.equals(metadata.path(field))) {
                check(field, texts, invalid);
            }
            metadata.set(field, texts);
        }
        converted.set("metadata", metadata);
    }

    private static void check(String field, JsonNode texts, String invalid) {
        List<FieldError> errors = new ArrayList<>();
        if (field.equals("labels")) {
            Syntax.labels(texts, "metadata.labels", errors);
        } else {
            Syntax.annotations(texts, "metadata.annotations", errors);
        }
        if (!errors.isEmpty()) {
            String sentences = String.join(
                    ", ", errors.stream().map(FieldError::sentence).distinct().toList());
            throw new ConversionFailedException(invalid + (errors.size() == 1 ? sentences : "[" + sentences + "]"));
        }
    }

    private String subject() {
        ObjectNode first = objects.getFirst();
        return "conversion webhook for "
                + gvk(Json.text(first, "apiVersion"), Json.text(first, "kind") + (list ? "List" : ""));
    }

    private static String gvk(String apiVersion, String kind) {
        return apiVersion + ", Kind=" + kind;
    }
}
