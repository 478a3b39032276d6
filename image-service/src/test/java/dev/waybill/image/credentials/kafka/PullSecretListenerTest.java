package dev.waybill.image.credentials.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullSecretListenerTest {

    private static final String DOCKER_CONFIG = "{\"auths\":{\"a.io\":{\"username\":\"u\",\"password\":\"p\"}}}";

    @TempDir
    Path directory;

    private SecretCipher cipher;
    private PullSecretListener secrets;

    @BeforeEach
    void start() throws Exception {
        cipher = SecretCipher.fromKeyFile(directory.resolve("key"));
        secrets = new PullSecretListener("node-a", () -> cipher);
    }

    @Test
    void bothTypesAreReadAndOthersAreNot() throws Exception {
        publish("node-a", "new", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", DOCKER_CONFIG);
        publish("node-a", "old", "kubernetes.io/dockercfg", ".dockercfg", "{\"a.io\":{\"username\":\"o\"}}");
        publish("node-a", "opaque", "Opaque", ".dockerconfigjson", DOCKER_CONFIG);
        publish("node-b", "other", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", DOCKER_CONFIG);
        assertThat(of("new", "old", "opaque", "other", "missing").lookup("a.io/x"))
                .containsExactly(new Credentials.Basic("u", "p"), new Credentials.Basic("o", ""));
        assertThat(of("opaque").lookup("a.io/x")).isEmpty();
        assertThat(of("new")).as("requests with the same secrets share a layer").isEqualTo(of("new"));
    }

    @Test
    void whatIsWithdrawnOrGoneGivesNothing() throws Exception {
        publish("node-a", "s", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", DOCKER_CONFIG);
        secrets.onTombstone("node-a/objects//secrets/shop/s", 7);
        assertThat(of("s").lookup("a.io/x")).isEmpty();
    }

    @Test
    void whatCannotBeOpenedIsPassedOver() throws Exception {
        publish("node-a", "junk", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", "nonsense");
        cipher = SecretCipher.fromKeyFile(directory.resolve("other"));
        publish("node-a", "sealed", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", DOCKER_CONFIG);
        cipher = SecretCipher.fromKeyFile(directory.resolve("key"));
        assertThat(of("junk", "sealed").lookup("a.io/x")).isEmpty();
    }

    private Keyring of(String... names) throws InterruptedException {
        return secrets.of("shop", List.of(names), Duration.ZERO);
    }

    private void publish(String node, String name, String type, String key, String value) {
        String sealed = cipher.seal(
                SecretCipher.place("shop", name, key),
                Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
        secrets.onEvent(new ReceivedEvent(
                NodeObjectPublished.newBuilder()
                        .setNodeName(node)
                        .setGroup("")
                        .setResource("secrets")
                        .setNamespace("shop")
                        .setName(name)
                        .setRevision(1)
                        .setObject("{\"type\":\"" + type + "\",\"data\":{\"" + key + "\":\"" + sealed + "\"}}")
                        .build(),
                node + "/objects//secrets/shop/" + name,
                "waybill.node-assignments",
                0,
                0,
                Instant.EPOCH,
                "id",
                TraceContext.NONE));
    }
}
