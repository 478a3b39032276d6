package dev.waybill.image.hosts.yaml;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.DockerConfig;
import dev.waybill.image.credentials.InvalidCredentialsException;
import dev.waybill.image.hosts.HostSettings;
import dev.waybill.image.hosts.InvalidHostsException;
import dev.waybill.image.hosts.Proxies;
import dev.waybill.image.hosts.RegistryHosts;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Reads the hosts file: K3s' {@code registries.yaml} with {@code proxy} added to a host. Whatever is not understood is
 * refused with its place. Stateless.
 *
 * @see <a href="https://docs.k3s.io/installation/private-registry">Private Registry Configuration</a>
 */
public final class HostsFile {

    private HostsFile() {}

    /** Reads a file; what the environment says of proxies goes for hosts that the file gives none. */
    public static RegistryHosts read(Path file, Proxies proxies) {
        try {
            return parse(file.toString(), Files.readString(file), proxies);
        } catch (IOException e) {
            throw new InvalidHostsException(file + ": can't be read: " + e.getMessage());
        }
    }

    static RegistryHosts parse(String file, String text, Proxies proxies) {
        Object root;
        try {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            root = new Yaml(new SafeConstructor(options)).load(text);
        } catch (YAMLException e) {
            throw new InvalidHostsException(file + ": is not YAML: " + e.getMessage());
        }
        Section all = new Section(file, root);
        all.only("mirrors", "configs");
        Map<String, List<URI>> mirrors = new HashMap<>();
        all.sections("mirrors").forEach((registry, section) -> mirrors.put(registry, endpoints(section)));
        Map<String, HostSettings> settings = new HashMap<>();
        all.sections("configs").forEach((host, section) -> settings.put(host, settings(section)));
        return new RegistryHosts(mirrors, settings, proxies);
    }

    private static List<URI> endpoints(Section mirror) {
        mirror.only("endpoint");
        List<URI> endpoints = new ArrayList<>();
        List<String> texts = mirror.texts("endpoint");
        for (int i = 0; i < texts.size(); i++) {
            endpoints.add(endpoint(mirror.place("endpoint") + "[" + i + "]", texts.get(i)));
        }
        return endpoints;
    }

    private static URI endpoint(String field, String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "https://" + text);
            boolean http = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawQuery() == null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new InvalidHostsException(field + ": \"" + text + "\" is no address: " + e.getReason());
        }
        throw new InvalidHostsException(field + ": \"" + text + "\" must be http[s]://host[:port][/path]");
    }

    private static HostSettings settings(Section host) {
        host.only("auth", "tls", "proxy");
        String proxy = host.text("proxy");
        boolean direct = proxy.equals("direct");
        return new HostSettings(
                tls(host.section("tls")),
                credentials(host.section("auth")),
                proxy.isEmpty() || direct ? Optional.empty() : Optional.of(Proxies.address(host.place("proxy"), proxy)),
                direct);
    }

    private static HostSettings.Tls tls(Section tls) {
        tls.only("ca_file", "cert_file", "key_file", "insecure_skip_verify");
        Optional<Path> certificate = tls.file("cert_file");
        Optional<Path> key = tls.file("key_file");
        if (certificate.isPresent() != key.isPresent()) {
            throw new InvalidHostsException(
                    tls.place(certificate.isPresent() ? "key_file" : "cert_file") + ": is missing");
        }
        return new HostSettings.Tls(tls.file("ca_file"), certificate, key, tls.flag("insecure_skip_verify"));
    }

    private static Optional<Credentials> credentials(Section auth) {
        auth.only("username", "password", "auth", "identity_token");
        String identity = auth.text("identity_token");
        if (!identity.isEmpty()) {
            return Optional.of(new Credentials.IdentityToken(identity));
        }
        if (!auth.text("auth").isEmpty()) {
            try {
                return Optional.of(DockerConfig.decoded(auth.place(""), auth.text("auth")));
            } catch (InvalidCredentialsException e) {
                throw new InvalidHostsException(auth.place("auth") + ": is not user:password in base64");
            }
        }
        String user = auth.text("username");
        return user.isEmpty() ? Optional.empty() : Optional.of(new Credentials.Basic(user, auth.text("password")));
    }
}
