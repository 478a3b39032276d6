package dev.waybill.image.hosts.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.hosts.InvalidHostsException;
import dev.waybill.image.hosts.Proxies;
import dev.waybill.image.hosts.RegistryHosts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsFileTest {

    @TempDir
    Path directory;

    @Test
    void everythingThatK3sReadsIsRead() throws Exception {
        Path ca = Files.writeString(directory.resolve("ca.pem"), "");
        RegistryHosts hosts = parse("""
                mirrors:
                  docker.io:
                    endpoint: ["https://mirror.example:5000", "http://cache.example/v2/hub/"]
                  "*":
                    endpoint: [any.example]
                  plain.example:5000:
                    endpoint: ["http://plain.example:5000"]
                configs:
                  mirror.example:5000:
                    auth: {username: u, password: p}
                    tls: {ca_file: %s}
                    proxy: http://user:pass@proxy.example:3128
                  any.example:
                    auth: {auth: dTpw}
                    proxy: direct
                    tls: {insecure_skip_verify: true}
                """.formatted(ca));
        assertThat(hosts.endpoints("docker.io"))
                .extracting(Endpoint::toString)
                .containsExactly(
                        "https://mirror.example:5000/v2",
                        "http://cache.example/v2/hub",
                        "https://registry-1.docker.io/v2");
        assertThat(hosts.endpoints("quay.io"))
                .extracting(Endpoint::toString)
                .containsExactly("https://any.example/v2", "https://quay.io/v2");
        assertThat(hosts.endpoints("plain.example:5000"))
                .extracting(Endpoint::toString, Endpoint::mirror)
                .containsExactly(tuple("http://plain.example:5000/v2", false));
        assertThat(hosts.settings("mirror.example:5000").credentials()).contains(new Credentials.Basic("u", "p"));
        assertThat(hosts.settings("any.example").credentials()).contains(new Credentials.Basic("u", "p"));
        assertThat(hosts.settings("mirror.example:5000").tls().ca()).contains(ca);
        assertThat(hosts.proxy("https", "mirror.example", 5000))
                .contains(URI.create("http://user:pass@proxy.example:3128"));
        assertThat(hosts.proxy("https", "any.example", -1)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mirror: {}                                       | hosts.yaml.mirror: is none of mirrors, configs
            mirrors: [a]                                     | hosts.yaml.mirrors: must be a mapping
            mirrors: {a.io: {endpoint: b}}                   | mirrors["a.io"].endpoint: must be a list
            mirrors: {a.io: {endpoint: ['ftp://b']}}         | mirrors["a.io"].endpoint[0]
            mirrors: {a.io: {endpoint: ['https://b c']}}     | mirrors["a.io"].endpoint[0]
            mirrors: {a.io: {rewrite: {}}}                   | mirrors["a.io"].rewrite
            configs: {a.io: {tls: {ca_file: /none}}}         | configs["a.io"].tls.ca_file: /none can't be read
            configs: {a.io: {tls: {cert_file: /etc/hostname}}} | configs["a.io"].tls.key_file: is missing
            configs: {a.io: {tls: {insecure_skip_verify: 7}}} | insecure_skip_verify: must be true or false
            configs: {a.io: {proxy: 'socks5://x'}}           | configs["a.io"].proxy
            configs: {a.io: {auth: {auth: 's3cret'}}}        | configs["a.io"].auth.auth
            configs: {a.io: {}, a.io: {}}                    | is not YAML
            'configs: ['                                     | is not YAML
            """)
    void whatIsWrongIsNamed(String text, String reason) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(InvalidHostsException.class)
                .hasMessageStartingWith("hosts.yaml")
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "https, a.example, 443, true",
        "http, a.example, 80, false",
        "https, b.internal, 443, false",
        "https, internal, 443, false",
        "https, c.corp, 443, false",
        "https, d.example, 5000, false",
        "https, d.example, 443, true",
        "https, localhost, 5000, false",
        "https, 127.0.0.1, 5000, false",
    })
    void theEnvironmentSaysWhoIsReachedThroughAProxy(String scheme, String host, int port, boolean proxied) {
        Proxies proxies =
                Proxies.of(Map.of("HTTPS_PROXY", "proxy.example:3128", "no_proxy", "internal, .corp,d.example:5000"));
        RegistryHosts hosts = new RegistryHosts(Map.of(), Map.of(), proxies);
        assertThat(hosts.proxy(scheme, host, port).map(URI::toString).stream().toList())
                .isEqualTo(proxied ? List.of("http://proxy.example:3128") : List.of());
        assertThat(new RegistryHosts(Map.of(), Map.of(), Proxies.of(Map.of("https_proxy", "p", "NO_PROXY", "*")))
                        .proxy("https", "a.example", 443))
                .isEmpty();
    }

    private static RegistryHosts parse(String text) {
        return HostsFile.parse("hosts.yaml", text, Proxies.NONE);
    }
}
