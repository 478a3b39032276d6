package dev.waybill.image.hosts;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, read as curl and Go read them: upper or lower case, NO_PROXY a list of
 * hosts, domains with all below them, {@code host:port}, or {@code *}. Loopback is never reached through a proxy.
 * Immutable.
 */
public record Proxies(Optional<URI> http, Optional<URI> https, List<String> except) {

    public static final Proxies NONE = new Proxies(Optional.empty(), Optional.empty(), List.of());

    public Proxies {
        except = List.copyOf(except);
    }

    /** From environment variables. */
    public static Proxies of(Map<String, String> environment) {
        List<String> except = new ArrayList<>();
        for (String entry : value(environment, "NO_PROXY").orElse("").split(",", -1)) {
            if (!entry.isBlank()) {
                except.add(entry.strip().toLowerCase(Locale.ROOT));
            }
        }
        return new Proxies(address(environment, "HTTP_PROXY"), address(environment, "HTTPS_PROXY"), except);
    }

    Optional<URI> proxy(String scheme, String host, int port) {
        Optional<URI> proxy = scheme.equals("https") ? https : http;
        return proxy.isEmpty() || RegistryHosts.isLoopback(host) || isExcepted(host, port) ? Optional.empty() : proxy;
    }

    private boolean isExcepted(String host, int port) {
        String name = host.toLowerCase(Locale.ROOT);
        return except.stream().anyMatch(entry -> {
            String domain = entry.startsWith("*.") ? entry.substring(1) : entry;
            String suffix = domain.startsWith(".") ? domain : "." + domain;
            return entry.equals("*")
                    || domain.equals(name)
                    || domain.equals(name + ":" + port)
                    || name.endsWith(suffix);
        });
    }

    private static Optional<URI> address(Map<String, String> environment, String name) {
        return value(environment, name).map(text -> address(name, text));
    }

    /** An address of a proxy; one without a scheme speaks HTTP. */
    public static URI address(String field, String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (uri.getHost() != null && "http".equals(uri.getScheme())) {
                return uri;
            }
        } catch (java.net.URISyntaxException e) {
            throw new InvalidHostsException(field + ": is no address of a proxy: " + e.getReason());
        }
        throw new InvalidHostsException(field + ": a proxy must be http://[user:password@]host[:port]");
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        String upper = environment.getOrDefault(name, "");
        String value = upper.isBlank() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
        return value.isBlank() ? Optional.empty() : Optional.of(value.strip());
    }
}
