package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.SecretCipher;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ConfigMaps and Secrets. Secret values may be base64 or sealed by the gateway. Stateless. */
record DataRules(boolean secret) implements KindRules {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final String TOKEN = "kubernetes.io/service-account-token";
    private static final String ACCOUNT = "kubernetes.io/service-account.name";

    @Override
    public void defaults(ObjectNode object) {
        if (!secret) {
            return;
        }
        Json.defaultText(object, "type", "Opaque");
        if (object.get("stringData") instanceof ObjectNode text) {
            ObjectNode data = Json.child(object, "data");
            text.properties()
                    .forEach(entry -> data.put(
                            entry.getKey(),
                            Base64.getEncoder()
                                    .encodeToString(
                                            entry.getValue().asString("").getBytes(StandardCharsets.UTF_8))));
            object.remove("stringData");
        }
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        if (secret
                && Json.text(object, "type").equals(TOKEN)
                && Json.text(object, "metadata", "annotations", ACCOUNT).isEmpty()) {
            errors.add(FieldError.required("metadata.annotations[" + ACCOUNT + "]", ""));
        }
        long size = 0;
        for (String field : List.of("data", "binaryData")) {
            boolean base64 = secret || field.equals("binaryData");
            for (Map.Entry<String, JsonNode> entry : object.path(field).properties()) {
                if (field.equals("data") && object.path("binaryData").has(entry.getKey())) {
                    errors.add(FieldError.invalid(
                            "data[" + entry.getKey() + "]",
                            Syntax.quoted(entry.getKey()),
                            "duplicate of key present in binaryData"));
                }
                String path = field + "[" + entry.getKey() + "]";
                String wrong = Syntax.dataKey(entry.getKey());
                if (wrong != null) {
                    errors.add(FieldError.invalid(path, Syntax.quoted(entry.getKey()), wrong));
                }
                if (!entry.getValue().isString()) {
                    errors.add(FieldError.invalid(path, Syntax.shown(entry.getValue()), "must be a string"));
                } else if (base64 && !isBase64(entry.getValue().stringValue())) {
                    errors.add(FieldError.invalid(path, "<value>", "illegal base64 data"));
                }
                size += entry.getValue().asString("").length();
            }
        }
        if (size > MAX_BYTES * (secret ? 2L : 1L)) {
            errors.add(new FieldError(
                    "FieldValueTooLong", "data", "Too long: may not be more than " + MAX_BYTES + " bytes"));
        }
        if (old == null) {
            return;
        }
        if (secret) {
            Syntax.immutable(object.path("type"), old.path("type"), "type", errors);
        }
        if (old.path("immutable").asBoolean(false)) {
            if (!object.path("immutable").asBoolean(false)) {
                errors.add(FieldError.forbidden("immutable", "field is immutable when `immutable` is set"));
            }
            for (String field : List.of("data", "binaryData")) {
                if (!Json.same(object.path(field), old.path(field))) {
                    errors.add(FieldError.forbidden(field, "field is immutable when `immutable` is set"));
                }
            }
        }
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        return secret ? Map.of("type", Json.text(object, "type")) : Map.of();
    }

    private static boolean isBase64(String value) {
        if (SecretCipher.isSealed(value)) {
            return true;
        }
        try {
            Base64.getDecoder().decode(value);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
