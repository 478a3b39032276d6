package dev.waybill.image.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images signed as cosign signs them, with keys of every kind, pulled under a policy. */
@Timeout(600)
class SignedImagesIT {

    @TempDir
    Path directory;

    private TestRegistry server;
    private String digest;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        server = TestRegistry.start(directory);
        digest = server.push("team/app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"EC, SHA256withECDSA", "RSA, SHA256withRSA", "Ed25519, Ed25519"})
    void aGoodSignatureIsEnough(String kind, String algorithm) throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance(kind).generateKeyPair();
        sign(keys, algorithm, digest, digest, server.host() + "/team/app");
        try (Pulls pulls = pulls(keys.getPublic())) {
            assertThat(pulls.pull(server.host() + "/team/app:v1").layers()).hasSize(1);
        }
    }

    @Test
    void anImageWithoutOneIsRefusedBeforeALayerIsFetched() throws Exception {
        try (Pulls pulls = pulls(ecdsa().getPublic())) {
            assertThatThrownBy(() -> pulls.pull(server.host() + "/team/app:v1"))
                    .isInstanceOf(ImageRejectedException.class)
                    .hasMessageContaining("there is none");
            assertThat(pulls.in("snapshots")).isEmpty();
        }
    }

    @Test
    void signaturesOfOthersForOthersOrUnderAnotherNameAreRefused() throws Exception {
        KeyPair keys = ecdsa();
        try (Pulls pulls = pulls(keys.getPublic())) {
            String image = server.host() + "/team/app:v1";
            sign(ecdsa(), "SHA256withECDSA", digest, digest, server.host() + "/team/app");
            assertThatThrownBy(() -> pulls.pull(image)).hasMessageContaining("none of the policy's keys");
            sign(keys, "SHA256withECDSA", digest, "sha256:" + "0".repeat(64), server.host() + "/team/app");
            assertThatThrownBy(() -> pulls.pull(image)).hasMessageContaining("for another image");
            sign(keys, "SHA256withECDSA", digest, digest, server.host() + "/other/app");
            assertThatThrownBy(() -> pulls.pull(image)).hasMessageContaining("for the name");
            assertThat(pulls.in("snapshots")).isEmpty();
        }
    }

    @Test
    void aSignedIndexVouchesForWhatItPointsTo() throws Exception {
        KeyPair keys = ecdsa();
        String index = server.pushIndex("team/app", "multi", digest);
        sign(keys, "SHA256withECDSA", index, index, server.host() + "/team/app");
        try (Pulls pulls = pulls(keys.getPublic())) {
            assertThat(pulls.pull(server.host() + "/team/app:multi").layers()).hasSize(1);
            assertThatThrownBy(() -> pulls.pull(server.host() + "/team/app:v1"))
                    .isInstanceOf(ImageRejectedException.class);
        }
    }

    private static KeyPair ecdsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private void sign(KeyPair keys, String algorithm, String image, String claimed, String name) throws Exception {
        byte[] payload = ("{\"critical\":{\"identity\":{\"docker-reference\":\"" + name
                        + "\"},\"image\":{\"docker-manifest-digest\":\"" + claimed
                        + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}")
                .getBytes(StandardCharsets.UTF_8);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(keys.getPrivate());
        signature.update(payload);
        server.pushSignature(
                "team/app",
                image.replace(':', '-') + ".sig",
                payload,
                Base64.getEncoder().encodeToString(signature.sign()));
    }

    private Pulls pulls(PublicKey key) throws Exception {
        String pem = "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
        Path file = Files.writeString(directory.resolve("cosign.pub"), pem);
        Path policy = Files.writeString(directory.resolve("policy.json"), """
                {"default": [{"type": "reject"}],
                 "transports": {"docker": {"%s/team": [{"type": "sigstoreSigned", "keyPath": "%s",
                   "signedIdentity": {"type": "matchRepository"}}]}}}""".formatted(server.host(), file));
        return new Pulls(directory.resolve("store"), Pulls.Settings.DEFAULT.trust(PolicyFile.read(policy)));
    }
}
