package dev.waybill.image.credentials.kafka;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.DockerConfig;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.credentials.PullSecrets;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps the sealed values of the node's Secrets that hold registry credentials, in memory only, and opens them when an
 * image is pulled. Fed by one thread, asked by any.
 */
public final class PullSecretListener implements LogTail.Listener, PullSecrets {

    private static final Logger log = LoggerFactory.getLogger(PullSecretListener.class);
    private static final JsonMapper JSON = new JsonMapper();

    /** Type of a Secret and the key that holds its credentials. */
    private static final Map<String, String> KEYS = Map.of(
            "kubernetes.io/dockerconfigjson", ".dockerconfigjson",
            "kubernetes.io/dockercfg", ".dockercfg");

    private final String node;
    private final Key key;
    private final Pattern objectKey;
    private final Map<Name, Sealed> known = new HashMap<>();

    /** Where the key of Secrets comes from. */
    @FunctionalInterface
    public interface Key {
        /** Reads it. */
        SecretCipher cipher() throws IOException;
    }

    private record Name(String namespace, String name) {}

    /** A value as the log has it; empty for a Secret that doesn't exist or holds something else. */
    private record Sealed(String key, String value) {}

    private record Open(List<Keyring> keyrings) implements Keyring {
        @Override
        public List<Credentials> lookup(String name) {
            return keyrings.stream()
                    .flatMap(keyring -> keyring.lookup(name).stream())
                    .distinct()
                    .toList();
        }
    }

    /** @param key asked for with the first Secret, since the service needs none before */
    public PullSecretListener(String node, Key key) {
        this.node = node;
        this.key = key;
        this.objectKey = Pattern.compile(Pattern.quote(node) + "/objects/[^/]*/secrets/([^/]*)/(.*)");
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        if (received.event() instanceof NodeObjectPublished object
                && object.getNodeName().equals(node)
                && object.getResource().equals("secrets")) {
            put(new Name(object.getNamespace(), object.getName()), sealed(object));
        }
    }

    @Override
    public void onTombstone(String key, long offset) {
        Matcher matcher = objectKey.matcher(key);
        if (matcher.matches()) {
            synchronized (this) {
                known.remove(new Name(matcher.group(1), matcher.group(2)));
            }
        }
    }

    private synchronized void put(Name name, Sealed sealed) {
        known.put(name, sealed);
        notifyAll();
    }

    private static Sealed sealed(NodeObjectPublished object) {
        if (!object.getExists()) {
            return new Sealed("", "");
        }
        try {
            JsonNode secret = JSON.readTree(object.getObject());
            String key = KEYS.getOrDefault(secret.path("type").asString(""), "");
            return new Sealed(
                    key, key.isEmpty() ? "" : secret.path("data").path(key).asString(""));
        } catch (JacksonException e) {
            log.warn("secret {}/{} can't be read", object.getNamespace(), object.getName());
            return new Sealed("", "");
        }
    }

    @Override
    public Keyring of(String namespace, List<String> names, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        List<Keyring> keyrings = new ArrayList<>();
        for (String name : names) {
            Sealed sealed = await(new Name(namespace, name), deadline);
            if (sealed == null || sealed.value.isEmpty()) {
                log.info("pull secret {}/{} is not there, or holds no registry credentials", namespace, name);
            } else {
                keyrings.add(open(namespace, name, sealed));
            }
        }
        return keyrings.isEmpty() ? Keyring.EMPTY : new Open(List.copyOf(keyrings));
    }

    private synchronized @Nullable Sealed await(Name name, long deadline) throws InterruptedException {
        while (!known.containsKey(name)) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return null;
            }
            wait(left);
        }
        return known.get(name);
    }

    private Keyring open(String namespace, String name, Sealed sealed) {
        String what = "secret " + namespace + "/" + name + ": data[\"" + sealed.key + "\"]";
        try {
            String base64 = key.cipher().open(SecretCipher.place(namespace, name, sealed.key), sealed.value);
            byte[] json = Base64.getDecoder().decode(base64);
            return sealed.key.equals(".dockercfg") ? DockerConfig.parseOld(what, json) : DockerConfig.parse(what, json);
        } catch (IllegalArgumentException e) {
            log.warn("{} can't be opened on this node", what);
        } catch (IOException e) {
            log.warn("{}: {}", what, e.getMessage());
        }
        return Keyring.EMPTY;
    }
}
