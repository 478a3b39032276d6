package dev.waybill.gateway.http;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.StoredObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the values of Secrets out of the log: they are sealed before a request is published and opened when an
 * authorised caller reads. Thread-safe.
 */
final class SecretSealing {
    private final SecretCipher cipher;

    SecretSealing(SecretCipher cipher) {
        this.cipher = cipher;
    }

    static boolean concerns(Kind kind) {
        return kind.group().isEmpty() && kind.plural().equals("secrets");
    }

    /** Seals an object or a merge patch in place: stringData becomes data, every value of data is sealed. */
    void seal(String namespace, String name, ObjectNode secret) {
        JsonNode clear = secret.remove("stringData");
        if (clear instanceof ObjectNode texts) {
            ObjectNode data = secret.get("data") instanceof ObjectNode existing ? existing : secret.putObject("data");
            for (Map.Entry<String, JsonNode> text : texts.properties()) {
                data.set(text.getKey(), encoded(text.getValue()));
            }
        }
        if (secret.get("data") instanceof ObjectNode data) {
            for (Map.Entry<String, JsonNode> value : data.properties()) {
                if (!value.getValue().isNull()) {
                    value.setValue(sealed(namespace, name, value.getKey(), value.getValue()));
                }
            }
        }
        if (secret.path("metadata").path("annotations") instanceof ObjectNode annotations) {
            // kubectl apply keeps the whole manifest here, values included; the sealed object serves as well.
            JsonNode last = annotations.get("kubectl.kubernetes.io/last-applied-configuration");
            if (last != null && last.isString()) {
                annotations.put(
                        "kubectl.kubernetes.io/last-applied-configuration", sealedManifest(namespace, name, last));
            }
        }
    }

    /** Seals the operations of a JSON patch in place. */
    void sealJsonPatch(String namespace, String name, JsonNode patch) {
        for (JsonNode node : patch) {
            if (!(node instanceof ObjectNode operation) || !operation.has("value")) {
                continue;
            }
            String path = operation.path("path").asString("");
            if (path.startsWith("/stringData")) {
                throw ApiException.badRequest(
                        "stringData: a JSON patch of a Secret must name data, with base64 values");
            }
            if (path.startsWith("/data/")) {
                String key = path.substring(6).replace("~1", "/").replace("~0", "~");
                operation.set("value", sealed(namespace, name, key, operation.get("value")));
            } else if (path.equals("/data") || path.isEmpty()) {
                ObjectNode whole = JsonMapper.shared().createObjectNode();
                whole.set("data", path.isEmpty() ? operation.get("value").path("data") : operation.get("value"));
                seal(namespace, name, whole);
            }
        }
    }

    /** The text of an object as an authorised caller sees it. */
    String open(StoredObject object) {
        if (!concerns(object.kind())) {
            return object.raw();
        }
        return open(object.namespace(), object.name(), object.copy()).toString();
    }

    /** Opens the values of a Secret in place. */
    ObjectNode open(String namespace, String name, ObjectNode secret) {
        if (secret.get("data") instanceof ObjectNode data) {
            for (Map.Entry<String, JsonNode> value : data.properties()) {
                String place = SecretCipher.place(namespace, name, value.getKey());
                value.setValue(text(cipher.open(place, value.getValue().asString(""))));
            }
        }
        if (secret.path("metadata").path("annotations") instanceof ObjectNode annotations) {
            JsonNode last = annotations.get("kubectl.kubernetes.io/last-applied-configuration");
            if (last != null && JsonMapper.shared().readTree(last.asString("")) instanceof ObjectNode manifest) {
                annotations.put(
                        "kubectl.kubernetes.io/last-applied-configuration", open(namespace, name, manifest) + "\n");
            }
        }
        return secret;
    }

    private String sealedManifest(String namespace, String name, JsonNode last) {
        if (!(JsonMapper.shared().readTree(last.asString()) instanceof ObjectNode manifest)) {
            throw ApiException.badRequest(
                    "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]: must be a JSON object");
        }
        seal(namespace, name, manifest);
        return manifest + "\n";
    }

    private JsonNode sealed(String namespace, String name, String key, JsonNode value) {
        try {
            Base64.getDecoder().decode(value.asString(""));
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest(
                    "Secret in version \"v1\" cannot be handled as a Secret: data." + key + ": illegal base64 data");
        }
        return text(cipher.seal(SecretCipher.place(namespace, name, key), value.asString("")));
    }

    private static JsonNode encoded(JsonNode clear) {
        return clear.isNull()
                ? clear
                : text(Base64.getEncoder().encodeToString(clear.asString("").getBytes(StandardCharsets.UTF_8)));
    }

    private static JsonNode text(String text) {
        return JsonMapper.shared().getNodeFactory().stringNode(text);
    }
}
