package dev.waybill.node.agent;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.node.pod.BoundVolume;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;
import dev.waybill.node.store.NodeStore;
import dev.waybill.node.store.StoredObject;
import dev.waybill.node.token.PodTokens;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The ConfigMaps, Secrets, RuntimeClasses and volumes that were published to this node, on its disk too; Secrets are
 * opened when asked for, and tokens come from the gateway.
 */
public final class NodeObjects implements ObjectSource {
    private static final JsonMapper JSON = new JsonMapper();

    private final NodeStore store;
    private final @Nullable SecretCipher cipher;
    private final @Nullable PodTokens tokens;
    private final LocalVolumes volumes;
    private final Map<String, StoredObject> objects = new ConcurrentHashMap<>();

    /** Of a node that gets no tokens. */
    public NodeObjects(NodeStore store, @Nullable SecretCipher cipher) {
        this(store, cipher, null);
    }

    /** @param cipher opens what was sealed for this node; null when it has no key */
    public NodeObjects(NodeStore store, @Nullable SecretCipher cipher, @Nullable PodTokens tokens) {
        this.store = store;
        this.cipher = cipher;
        this.tokens = tokens;
        this.volumes = new LocalVolumes(store.volumes());
        store.objects().forEach(object -> objects.put(object.key(), object));
    }

    /** True when this is news. */
    public boolean put(StoredObject object) {
        StoredObject before = objects.put(object.key(), object);
        if (object.equals(before)) {
            return false;
        }
        if (!object.exists()) {
            gone(before);
        }
        store.saveObject(object);
        return true;
    }

    public void remove(String resource, String namespace, String name) {
        String key = StoredObject.keyOf(resource, namespace, name);
        StoredObject before = objects.remove(key);
        if (before != null) {
            gone(before);
            store.removeObject(key);
        }
    }

    private void gone(@Nullable StoredObject before) {
        if (before != null && before.exists() && before.resource().equals("persistentvolumes")) {
            volumes.removed(JSON.readTree(before.object()));
        }
    }

    @Override
    public BoundVolume volume(String namespace, String claim) {
        JsonNode found = existing("persistentvolumeclaims", namespace, claim);
        String volume = found.path("spec").path("volumeName").asString("");
        if (!found.path("status").path("phase").asString("").equals("Bound") || volume.isEmpty()) {
            throw new ContainerConfigException("persistentvolumeclaim \"" + claim + "\" is not bound");
        }
        JsonNode bound = existing("persistentvolumes", "", volume);
        if (!bound.path("spec")
                .path("claimRef")
                .path("uid")
                .equals(found.path("metadata").path("uid"))) {
            throw new ContainerConfigException(
                    "persistentvolume \"" + volume + "\" is bound to another claim than \"" + claim + "\"");
        }
        return volumes.of(bound);
    }

    private JsonNode existing(String resource, String namespace, String name) {
        StoredObject object = objects.get(StoredObject.keyOf(resource, namespace, name));
        if (object == null || !object.exists()) {
            throw new ContainerConfigException(resource.substring(0, resource.length() - 1) + " \"" + name
                    + (object == null ? "\" has not reached this node yet" : "\" not found"));
        }
        return JSON.readTree(object.object());
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

    @Override
    public byte[] token(PodSpec pod, VolumeSpec.Source.AccountToken wanted) {
        return tokens == null
                ? ObjectSource.super.token(pod, wanted)
                : tokens.token(pod, wanted).text().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean tokensDue(PodSpec pod) {
        return tokens != null && tokens.due(pod);
    }

    @Override
    public void prefetch(PodSpec pod) {
        if (tokens != null) {
            tokens.prefetch(pod);
        }
    }

    @Override
    public void forget(PodSpec pod) {
        if (tokens != null) {
            tokens.forget(pod);
        }
    }

    private byte[] secret(String namespace, String name, String key, String sealed) {
        if (!SecretCipher.isSealed(sealed)) {
            return Base64.getDecoder().decode(sealed);
        }
        if (cipher == null) {
            throw new ContainerConfigException("key " + key + " of secret \"" + name
                    + "\" cannot be opened: this node has no key (waybill.node.secrets-key-file)");
        }
        try {
            return Base64.getDecoder().decode(cipher.open(SecretCipher.place(namespace, name, key), sealed));
        } catch (IllegalArgumentException e) {
            throw new ContainerConfigException(
                    "key " + key + " of secret \"" + name + "\" cannot be opened on this node");
        }
    }
}
