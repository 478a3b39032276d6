package dev.waybill.image.registry.http;

import static dev.waybill.image.testing.FaultyProxy.blobs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.hosts.HostSettings;
import dev.waybill.image.hosts.InvalidHostsException;
import dev.waybill.image.hosts.Proxies;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.testing.Certificates;
import dev.waybill.image.testing.FaultyProxy;
import dev.waybill.image.testing.FaultyProxy.Fault;
import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import dev.waybill.image.testing.TokenServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in where: passwords, tokens, TLS, mirrors and proxies, before a real registry. */
@Timeout(600)
class RegistryAccessIT {

    private static final String HTPASSWD = "pull:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
    private static final Keyring RIGHT = _ -> List.of(new Credentials.Basic("pull", "secret"));
    private static final Keyring WRONG_THEN_RIGHT =
            _ -> List.of(new Credentials.Basic("pull", "wrong"), new Credentials.Basic("pull", "secret"));

    @TempDir
    Path directory;

    private TestRegistry open;
    private Pulls pulls;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        assumeTrue(Certificates.available(), "openssl is not installed");
        open = TestRegistry.start(directory);
        open.push(
                "team/app", "v1", List.of(Layer.gzip(new Tar().file("a", "1")), Layer.gzip(new Tar().file("b", "2"))));
        use(Pulls.Settings.DEFAULT);
    }

    private void use(Pulls.Settings settings) throws IOException {
        if (pulls != null) {
            pulls.close();
        }
        pulls = new Pulls(directory.resolve("store"), settings);
    }

    @AfterEach
    void stop() throws IOException {
        if (open != null) {
            pulls.close();
            open.close();
        }
    }

    @Test
    void passwordsOfPullSecretsAndOfTheNode() throws Exception {
        Path file = Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
        try (TestRegistry closed = TestRegistry.start(
                directory, "closed", "", "auth: {htpasswd: {realm: tests, path: %s}}".formatted(file))) {
            String image = closed.host() + "/team/app:v1";
            assertThatThrownBy(() -> pulls.pull(image))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("refuses no credentials");
            assertThatThrownBy(() -> pulls.pull(image, _ -> List.of(new Credentials.Basic("pull", "wrong"))))
                    .hasMessageContaining("user pull")
                    .hasMessageNotContaining("wrong\"");
            assertThat(pulls.pull(image, WRONG_THEN_RIGHT).layers()).hasSize(2);
            use(Pulls.Settings.DEFAULT.nodes(RIGHT));
            assertThat(pulls.isCurrent(image, pulls.pull(image))).isTrue();
        }
    }

    @Test
    void tokensAreFetchedOnceAndAgainWhenTheyExpire() throws Exception {
        Certificates certificates = new Certificates(directory.resolve("certs"));
        try (TokenServer tokens = new TokenServer(certificates.file("ca.key"), certificates.file("ca.pem"));
                TestRegistry closed =
                        TestRegistry.start(directory, "closed", "", tokens.settings(certificates.file("ca.pem")))) {
            String image = closed.host() + "/team/app:v1";
            assertThatThrownBy(() -> pulls.pull(image)).hasMessageContaining("token from");
            tokens.asked().clear();
            assertThat(pulls.pull(image, RIGHT).layers()).hasSize(2);
            assertThat(tokens.asked()).containsExactly("GET pull:secret repository:team/app:pull");
            tokens.asked().clear();
            Keyring identity = _ -> List.of(new Credentials.IdentityToken("identity"));
            assertThat(pulls.pull(image, identity).layers()).hasSize(2);
            assertThat(tokens.asked()).containsExactly("POST identity repository:team/app:pull");
        }
    }

    @Test
    void aTokenThatExpiresDuringThePullIsReplaced() throws Exception {
        Certificates certificates = new Certificates(directory.resolve("certs"));
        byte[] large = new byte[3 << 20];
        open.push("team/app", "large", List.of(Layer.plain(new Tar().file("a", large))));
        try (TokenServer tokens = new TokenServer(certificates.file("ca.key"), certificates.file("ca.pem"));
                TestRegistry closed =
                        TestRegistry.start(directory, "closed", "", tokens.settings(certificates.file("ca.pem")));
                FaultyProxy proxy = FaultyProxy.before(closed.host())) {
            // the registry has a minute's patience with clocks
            tokens.validFor(-59);
            proxy.next(
                            1,
                            blobs().and(seen -> seen.header("Authorization").startsWith("Bearer")),
                            new Fault.CutAfter(100, false))
                    .next(1, blobs(), new Fault.Status(503, Map.of("Retry-After", "3")));
            assertThat(pulls.pull(proxy.host() + "/team/app:large", RIGHT).layers())
                    .hasSize(1);
            assertThat(tokens.asked()).hasSizeGreaterThan(1);
        }
    }

    @Test
    void credentialsDoNotFollowARedirect() throws Exception {
        Path file = Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
        try (TestRegistry closed = TestRegistry.start(
                        directory, "closed", "", "auth: {htpasswd: {realm: tests, path: %s}}".formatted(file));
                FaultyProxy registry = FaultyProxy.before(closed.host());
                FaultyProxy storage = FaultyProxy.before(open.host())) {
            registry.always(
                    blobs().and(seen -> !seen.header("Authorization").isEmpty()),
                    new Fault.Status(307, Map.of("Location", "http://" + storage.host() + "/v2/team/app/blobs/x")));
            assertThatThrownBy(() -> pulls.pull(registry.host() + "/team/app:v1", RIGHT))
                    .isInstanceOf(IOException.class);
            assertThat(storage.seen())
                    .isNotEmpty()
                    .allMatch(seen -> seen.header("Authorization").isEmpty());
            assertThat(registry.seen())
                    .anyMatch(seen -> seen.header("Authorization").startsWith("Basic "));
        }
    }

    @Test
    void anAuthorityOfOnesOwnAndAClientCertificate() throws Exception {
        Certificates certificates =
                new Certificates(directory.resolve("certs")).issue("server").issue("client");
        String tls = ", tls: {certificate: %s, key: %s, clientcas: [%s]}"
                .formatted(
                        certificates.file("server.pem"), certificates.file("server.key"), certificates.file("ca.pem"));
        try (TestRegistry closed = TestRegistry.start(directory, "closed", tls, "")) {
            String image = closed.host() + "/team/app:v1";
            URI https = URI.create("https://" + closed.host());
            use(Pulls.Settings.DEFAULT.hosts(hosts(closed, https, HostSettings.Tls.DEFAULT)));
            assertThatThrownBy(() -> pulls.pull(image)).hasMessageContaining("certif");
            HostSettings.Tls trusting = new HostSettings.Tls(
                    Optional.of(certificates.file("ca.pem")), Optional.empty(), Optional.empty(), false);
            use(Pulls.Settings.DEFAULT.hosts(hosts(closed, https, trusting)));
            assertThatThrownBy(() -> pulls.pull(image)).isInstanceOf(IOException.class);
            HostSettings.Tls known = new HostSettings.Tls(
                    Optional.of(certificates.file("ca.pem")),
                    Optional.of(certificates.file("client.pem")),
                    Optional.of(certificates.file("client.key")),
                    false);
            use(Pulls.Settings.DEFAULT.hosts(hosts(closed, https, known)));
            assertThat(pulls.pull(image).layers()).hasSize(2);
            HostSettings.Tls broken = new HostSettings.Tls(
                    Optional.of(certificates.file("ca.key")), Optional.empty(), Optional.empty(), false);
            assertThatThrownBy(() -> new HttpRegistries(
                            hosts(closed, https, broken),
                            Keyring.EMPTY,
                            new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)),
                            new Backoff(1, Duration.ZERO),
                            new DownloadLimits(1, 1, 0)))
                    .isInstanceOf(InvalidHostsException.class)
                    .hasMessageContaining("ca_file");
        }
    }

    private static RegistryHosts hosts(TestRegistry registry, URI endpoint, HostSettings.Tls tls) {
        return new RegistryHosts(
                Map.of(registry.host(), List.of(endpoint)),
                Map.of(registry.host(), new HostSettings(tls, Optional.empty(), Optional.empty(), false)),
                Proxies.NONE);
    }

    @Test
    void mirrorsComeFirstAndTheRegistryItselfHelpsOut() throws Exception {
        try (FaultyProxy good = FaultyProxy.before(open.host());
                FaultyProxy bad = FaultyProxy.before(open.host());
                FaultyProxy origin = FaultyProxy.before(open.host())) {
            use(Pulls.Settings.DEFAULT.hosts(new RegistryHosts(
                    Map.of("*", List.of(URI.create("http://" + bad.host()), URI.create("http://" + good.host()))),
                    Map.of(),
                    Proxies.NONE)));
            bad.always(any -> true, new Fault.Status(404, Map.of()));
            good.always(blobs(), new Fault.Flip(3));
            pulls.pull(origin.host() + "/team/app:v1");
            assertThat(bad.seen()).isNotEmpty();
            assertThat(good.seen(FaultyProxy.manifests()))
                    .isNotEmpty()
                    .allMatch(seen -> seen.path().endsWith("?ns=" + origin.host()));
            assertThat(origin.seen(FaultyProxy.manifests())).isEmpty();
            assertThat(origin.seen(blobs())).as("the mirror's wrong bytes").isNotEmpty();
        }
    }

    @Test
    void aMirrorThatBreaksOffIsSucceededByTheRegistry() throws Exception {
        byte[] content = new byte[2 << 20];
        Layer layer = Layer.plain(new Tar().file("big", content));
        open.push("team/app", "v2", List.of(layer));
        try (FaultyProxy mirror = FaultyProxy.before(open.host());
                FaultyProxy origin = FaultyProxy.before(open.host())) {
            use(Pulls.Settings.DEFAULT.hosts(new RegistryHosts(
                    Map.of(origin.host(), List.of(URI.create("http://" + mirror.host()))), Map.of(), Proxies.NONE)));
            mirror.always(FaultyProxy.blob(layer.diffId()), new Fault.CutAfter(100, true));
            pulls.pull(origin.host() + "/team/app:v2");
            assertThat(origin.seen(blobs()))
                    .isNotEmpty()
                    .anyMatch(seen -> seen.header("Range").startsWith("bytes=100-"));
        }
    }

    @Test
    void aProxyThatTheHostNames() throws Exception {
        try (FaultyProxy proxy = FaultyProxy.before(open.host())) {
            HostSettings through = new HostSettings(
                    HostSettings.Tls.DEFAULT,
                    Optional.empty(),
                    Optional.of(URI.create("http://u:p@" + proxy.host())),
                    false);
            String registry = "registry.example:5000";
            use(Pulls.Settings.DEFAULT.hosts(new RegistryHosts(
                    Map.of(registry, List.of(URI.create("http://" + registry))),
                    Map.of(registry, through),
                    Proxies.NONE)));
            assertThat(pulls.pull(registry + "/team/app:v1").layers()).hasSize(2);
            assertThat(proxy.seen()).allMatch(seen -> seen.path().startsWith("http://" + registry + "/v2/"));
        }
    }
}
