package dev.waybill.image.hosts;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which addresses serve a registry's images, in the order in which they are tried, and how each host is talked to.
 * Immutable.
 */
public final class RegistryHosts {

    /** Nothing configured: HTTPS, and plain HTTP for registries on this machine. */
    public static final RegistryHosts DEFAULT = new RegistryHosts(Map.of(), Map.of(), Proxies.NONE);

    private static final String ANY = "*";
    private static final String DOCKER_HUB = "docker.io";
    private static final String DOCKER_HUB_SERVER = "registry-1.docker.io";

    private final Map<String, List<URI>> mirrors;
    private final Map<String, HostSettings> settings;
    private final Proxies proxies;

    /**
     * @param mirrors addresses by registry, or by {@code *} for every registry that is not named
     * @param settings by host and port
     * @param proxies what the environment says of proxies
     */
    public RegistryHosts(Map<String, List<URI>> mirrors, Map<String, HostSettings> settings, Proxies proxies) {
        this.mirrors = Map.copyOf(mirrors);
        this.settings = Map.copyOf(settings);
        this.proxies = proxies;
    }

    /** The addresses of a registry: its mirrors, then itself. */
    public List<Endpoint> endpoints(String registry) {
        URI own = origin(registry);
        boolean ownSeen = false;
        List<Endpoint> endpoints = new ArrayList<>();
        for (URI mirror : mirrors.getOrDefault(registry, mirrors.getOrDefault(ANY, List.of()))) {
            URI base = withPath(mirror);
            boolean itself = base.getAuthority().equals(own.getAuthority());
            ownSeen |= itself;
            endpoints.add(new Endpoint(base, registry, itself ? registry : base.getAuthority(), !itself));
        }
        if (!ownSeen) {
            endpoints.add(new Endpoint(own, registry, registry, false));
        }
        return endpoints;
    }

    /** How a host is talked to. */
    public HostSettings settings(String authority) {
        HostSettings found = settings.get(authority);
        if (found == null && authority.equals(DOCKER_HUB_SERVER)) {
            found = settings.get(DOCKER_HUB);
        }
        return found == null ? HostSettings.DEFAULT : found;
    }

    /** What was configured, by host and port. */
    public Map<String, HostSettings> settings() {
        return settings;
    }

    /** The proxy that a host is reached through. */
    public Optional<URI> proxy(String scheme, String host, int port) {
        HostSettings own = settings(port < 0 ? host : host + ":" + port);
        if (own.direct()) {
            return Optional.empty();
        }
        return own.proxy().or(() -> proxies.proxy(scheme, host, port));
    }

    private static URI origin(String registry) {
        String host = registry.equals(DOCKER_HUB) ? DOCKER_HUB_SERVER : registry;
        return URI.create((isLoopback(host) ? "http" : "https") + "://" + host + "/v2");
    }

    private static URI withPath(URI endpoint) {
        String text = endpoint.toString();
        String bare = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        String path = URI.create(bare).getPath();
        return URI.create(path == null || path.isEmpty() ? bare + "/v2" : bare);
    }

    /** Registries on this machine speak plain HTTP, as docker and containerd assume too; host may carry a port. */
    public static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[")) {
            return name.startsWith("[::1]");
        }
        int colon = name.indexOf(':');
        name = colon < 0 ? name : name.substring(0, colon);
        return name.equals("localhost") || name.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }
}
