package dev.waybill.node.agent;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.store.NodeStore;
import dev.waybill.node.store.StoredObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The ConfigMaps, Secrets and RuntimeClasses that were published to this node, on its disk too; Secrets are opened when asked for. */
public final class NodeObjects implements ObjectSource {
    private static final JsonMapper JSON = new JsonMapper();

    private final NodeStore store;
    private final SecretCipher cipher;
    private final Map<String, StoredObject> objects = new ConcurrentHashMap<>();

    public NodeObjects(NodeStore store, SecretCipher cipher) {
        this.store = store;
        this.cipher = cipher;
        store.objects().forEach(object -> objects.put(object.key(), object));
    }

    /** True when this is news. */
    public boolean put(StoredObject object) {
        if (object.equals(objects.put(object.key(), object))) {
            return false;
        }
        store.saveObject(object);
        return true;
    }

    public void remove(String resource, String namespace, String name) {
        String key = StoredObject.keyOf(resource, namespace, name);
        if (objects.remove(key) != null) {
            store.removeObject(key);
        }
    }

    @Override
    public Optional<Map<String, byte[]>> data(String resource, String namespace, String name) {
        StoredObject object = objects.get(StoredObject.keyOf(resource, namespace, name));
        if (object == null) {
            throw new ContainerConfigException("failed to sync " + (resource.equals("secrets") ? "secret" : "configmap")
                    + " cache: " + namespace + "/" + name + " has not reached this node yet");
        }
        if (!object.exists()) {
            return Optional.empty();
        }
        JsonNode json = JSON.readTree(object.object());
        Map<String, byte[]> data = new LinkedHashMap<>();
        if (resource.equals("secrets")) {
            json.path("data")
                    .properties()
                    .forEach(entry -> data.put(
                            entry.getKey(),
                            secret(
                                    namespace,
                                    name,
                                    entry.getKey(),
                                    entry.getValue().asString(""))));
        } else {
            json.path("data")
                    .properties()
                    .forEach(entry -> data.put(
                            entry.getKey(), entry.getValue().asString("").getBytes(StandardCharsets.UTF_8)));
            json.path("binaryData")
                    .properties()
                    .forEach(entry -> data.put(
                            entry.getKey(),
                            Base64.getDecoder().decode(entry.getValue().asString(""))));
        }
        return Optional.of(data);
    }

    @Override
    public Optional<String> runtimeHandler(String runtimeClass) {
        return Optional.ofNullable(objects.get(StoredObject.keyOf("runtimeclasses", "", runtimeClass)))
                .filter(StoredObject::exists)
                .map(object -> JSON.readTree(object.object()).path("handler").asString(""));
    }

    private byte[] secret(String namespace, String name, String key, String sealed) {
        try {
            return Base64.getDecoder().decode(cipher.open(SecretCipher.place(namespace, name, key), sealed));
        } catch (IllegalArgumentException e) {
            throw new ContainerConfigException(
                    "key " + key + " of secret \"" + name + "\" cannot be opened on this node");
        }
    }
}
