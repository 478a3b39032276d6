package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.objects.SecretCipher;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class NodeSecretsTest {
    private static final String PLACE = SecretCipher.place("shop", "db", "password");

    @TempDir
    Path directory;

    private SecretCipher cluster;
    private NodeKey nodes;
    private NodeSecrets secrets;

    @BeforeEach
    void keys() throws IOException {
        cluster = SecretCipher.fromKeyFile(directory.resolve("secrets.key"));
        nodes = NodeKey.ensure(directory.resolve("nodes.key"));
        secrets = new NodeSecrets(cluster, nodes);
    }

    @Test
    void aSecretOpensWithTheKeyOfItsNodeAndNoOther() throws IOException {
        JsonNode secret = sent("secrets", """
                {"metadata":{"name":"db","annotations":
                   {"kubectl.kubernetes.io/last-applied-configuration":"{}","team":"a"}},
                 "type":"Opaque","data":{"password":"%s"}}""".formatted(cluster.seal(PLACE, "c2VjcmV0")));
        String sealed = secret.path("data").path("password").asString();
        nodes.of("n1").write(directory.resolve("n1.node-key"));
        nodes.of("n2").write(directory.resolve("n2.node-key"));
        SecretCipher own = SecretCipher.fromKeyFile(directory.resolve("n1.node-key"));
        SecretCipher other = SecretCipher.fromKeyFile(directory.resolve("n2.node-key"));
        assertThat(SecretCipher.isSealed(sealed)).isTrue();
        assertThat(own.open(PLACE, sealed)).isEqualTo("c2VjcmV0");
        assertThatThrownBy(() -> other.open(PLACE, sealed)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cluster.open(PLACE, sealed)).isInstanceOf(IllegalArgumentException.class);
        assertThat(secret.path("metadata").path("annotations").toString()).isEqualTo("{\"team\":\"a\"}");
    }

    @Test
    void whatIsNoSecretPassesAsItIs() {
        NodeObjectPublished map = published("configmaps", "{\"data\":{\"k\":\"v\"}}");
        assertThat(secrets.sealed(map)).isSameAs(map);
        assertThat(secrets.sealed(null)).isNull();
    }

    @Test
    void aValueThatThisGatewayCannotOpenStaysSealed() throws IOException {
        String foreign = SecretCipher.fromKeyFile(directory.resolve("old.key")).seal(PLACE, "c2VjcmV0");
        assertThat(sent("secrets", "{\"metadata\":{},\"data\":{\"password\":\"" + foreign + "\"}}")
                        .path("data")
                        .path("password")
                        .asString())
                .isEqualTo(foreign);
    }

    private JsonNode sent(String resource, String object) {
        NodeObjectPublished sent = (NodeObjectPublished) secrets.sealed(published(resource, object));
        return JsonMapper.shared().readTree(sent.getObject());
    }

    private static NodeObjectPublished published(String resource, String object) {
        return NodeObjectPublished.newBuilder()
                .setNodeName("n1")
                .setGroup("")
                .setResource(resource)
                .setNamespace("shop")
                .setName("db")
                .setRevision(7)
                .setExists(true)
                .setObject(object)
                .build();
    }
}
