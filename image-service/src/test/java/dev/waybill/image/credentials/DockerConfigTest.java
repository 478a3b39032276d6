package dev.waybill.image.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerConfigTest {

    @ParameterizedTest
    @CsvSource({
        // key, image, whether it is for the image
        "quay.io, quay.io/coreos/etcd, true",
        "https://quay.io/v1/, quay.io/coreos/etcd, true",
        "https://quay.io/v2/, quay.io/coreos/etcd, true",
        "quay.io/coreos, quay.io/coreos/etcd, true",
        "quay.io/coreos, quay.io/other/etcd, false",
        "quay.io, example.quay.io/etcd, false",
        "*.quay.io, example.quay.io/etcd, true",
        "*.quay.io, a.example.quay.io/etcd, false",
        "*.*.quay.io, a.example.quay.io/etcd, true",
        "prefix*.io, prefix-1.io/a, true",
        "reg?.io, reg1.io/a, true",
        "localhost:5000, localhost:5000/a, true",
        "localhost, localhost:5000/a, false",
        "localhost:5000, localhost/a, false",
        "127.0.0.1:5000/team, 127.0.0.1:5000/team/a, true",
        "https://index.docker.io/v1/, docker.io/library/nginx, true",
        "docker.io, docker.io/library/nginx, true",
        "index.docker.io/team, docker.io/library/nginx, false",
        "https://index.docker.io/v1/, quay.io/library/nginx, false",
    })
    void keysMatchAsTheKubeletMatchesThem(String key, String image, boolean matches) throws Exception {
        assertThat(config("{'auths':{'" + key + "':{'username':'u','password':'p'}}}")
                        .lookup(image))
                .hasSize(matches ? 1 : 0);
    }

    @Test
    void theMoreSpecificKeyComesFirst() throws Exception {
        DockerConfig config = config("{'auths':{'quay.io':{'username':'host'},'quay.io/a/b':{'username':'deep'},"
                + "'quay.io/a':{'username':'team'}}}");
        assertThat(config.lookup("quay.io/a/b/c"))
                .extracting(found -> ((Credentials.Basic) found).user())
                .containsExactly("deep", "team", "host");
    }

    @Test
    void everyFormOfAnEntryIsRead() throws Exception {
        String auth = Base64.getEncoder().encodeToString("user:pass:word".getBytes(StandardCharsets.UTF_8));
        assertThat(config("{'auths':{'a.io':{'auth':'" + auth + "'}}}").lookup("a.io/x"))
                .containsExactly(new Credentials.Basic("user", "pass:word"));
        assertThat(config("{'auths':{'a.io':{'auth':'" + auth + "','identitytoken':'t'}}}")
                        .lookup("a.io/x"))
                .containsExactly(new Credentials.IdentityToken("t"));
        assertThat(config("{'auths':{'a.io':{'registrytoken':'t'}}}").lookup("a.io/x"))
                .containsExactly(new Credentials.RegistryToken("t"));
        assertThat(config("{'auths':{'a.io':{}}}").lookup("a.io/x")).isEmpty();
        assertThat(DockerConfig.parseOld("old", bytes("{'a.io':{'username':'u','password':'p'}}"))
                        .lookup("a.io/x"))
                .containsExactly(new Credentials.Basic("u", "p"));
        DockerConfig helpers = config("{'credHelpers':{'a.io':'pass'},'credsStore':'desktop'}");
        assertThat(helpers.helpers()).containsEntry("a.io", "pass");
        assertThat(helpers.defaultHelper()).isEqualTo("desktop");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'auths':{'a.io':{'auth':'s3cret!'}}} | auths["a.io"].auth
            {'auths':{'a.io':{'auth':'czNjcmV0'}}} | auths["a.io"].auth
            {'auths':{'s3cret                   | is not JSON
            ['s3cret']                          | not a JSON object
            """)
    void whatIsWrongIsNamedAndNeverQuoted(String json, String reason) {
        assertThatThrownBy(() -> config(json))
                .isInstanceOf(InvalidCredentialsException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void nothingSecretIsPrinted() throws Exception {
        DockerConfig config = config("{'auths':{'a.io':{'username':'u','password':'s3cret'}}}");
        assertThat(config + " " + config.lookup("a.io/x")).doesNotContain("s3cret");
        assertThat(List.of(new Credentials.IdentityToken("s3cret"), new Credentials.RegistryToken("s3cret")))
                .allMatch(secret -> !secret.toString().contains("s3cret"));
    }

    private static DockerConfig config(String json) throws Exception {
        return DockerConfig.parse("config.json", bytes(json));
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
