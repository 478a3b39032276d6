package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to registries with whatever credentials they accept, through redirects; credentials go to nobody but
 * the registry and the token server that it names. Thread-safe.
 */
final class Requests {

    private static final int MAX_REDIRECTS = 5;

    private final HttpConnections connections;
    private final RegistryHosts hosts;
    private final Authorizations authorizations;
    private final Keyring nodes;

    /** @param nodes what the node itself may use */
    Requests(HttpConnections connections, RegistryHosts hosts, Keyring nodes) {
        this.connections = connections;
        this.hosts = hosts;
        this.nodes = nodes;
        this.authorizations = new Authorizations(new TokenServer(connections));
    }

    /** What is asked of a repository. */
    record Request(String method, String repository, String path, Map<String, String> headers) {}

    /** The answer with a status of 2xx; every other one is an exception. */
    Answer send(Endpoint endpoint, Request request, Keyring pullSecrets) throws IOException {
        RegistryException refusal = null;
        for (Credentials credentials : candidates(endpoint, request.repository, pullSecrets)) {
            try {
                return sendAs(endpoint, request, credentials);
            } catch (RegistryException e) {
                if (e.status() != 401 && e.status() != 403) {
                    throw e;
                }
                if (refusal != null) {
                    e.addSuppressed(refusal);
                }
                refusal = e;
            }
        }
        if (refusal == null) {
            throw new IllegalStateException("nobody was tried");
        }
        throw refusal;
    }

    /** The pod's, the hosts file's, the node's; nobody's where there are none, as in Kubernetes. */
    private List<Credentials> candidates(Endpoint endpoint, String repository, Keyring pullSecrets) {
        String name = endpoint.name() + "/" + repository;
        List<Credentials> candidates = new ArrayList<>(pullSecrets.lookup(name));
        hosts.settings(endpoint.base().getAuthority()).credentials().ifPresent(candidates::add);
        candidates.addAll(nodes.lookup(name));
        return candidates.isEmpty()
                ? List.of(Credentials.ANONYMOUS)
                : candidates.stream().distinct().toList();
    }

    private Answer sendAs(Endpoint endpoint, Request request, Credentials credentials) throws IOException {
        URI uri = endpoint.of(request.repository, request.path);
        Authorizations.Owner owner = new Authorizations.Owner(endpoint, request.repository, credentials);
        Optional<String> authorization = authorizations.current(owner);
        Answer answer = follow(uri, request, authorization.orElse(null));
        if (answer.status() == 401) {
            List<String> challenges = answer.headers("WWW-Authenticate");
            answer.discard();
            String fresh = authorizations.answer(owner, uri, challenges, authorization.orElse(null));
            answer = follow(uri, request, fresh);
        }
        if (answer.status() / 100 == 2) {
            return answer;
        }
        throw refusal(request, uri, answer, credentials);
    }

    /** Follows redirects; the header is for the origin alone. */
    private Answer follow(URI uri, Request request, @Nullable String authorization) throws IOException {
        URI target = uri;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            boolean home = sameOrigin(uri, target);
            Map<String, String> headers = new HashMap<>(request.headers);
            if (authorization != null && home) {
                headers.put("Authorization", authorization);
            }
            Answer answer = connections.send(request.method, target, headers, null);
            Optional<String> location = answer.header("Location");
            if (answer.status() / 100 == 3 && location.isPresent()) {
                answer.discard();
                target = redirect(target, location.get());
            } else if (answer.status() == 401 && !home) {
                throw refusal(request, target, answer, Credentials.ANONYMOUS);
            } else {
                return answer;
            }
        }
        throw new UnsupportedImageException(withoutQuery(uri) + ": more than " + MAX_REDIRECTS + " redirects");
    }

    private static URI redirect(URI from, String location) throws UnsupportedImageException {
        try {
            URI to = from.resolve(location);
            boolean plain = !"https".equals(to.getScheme());
            if (to.getHost() != null
                    && !(plain && "https".equals(from.getScheme()))
                    && !(plain && !"http".equals(to.getScheme()))) {
                return to;
            }
            throw new UnsupportedImageException(
                    withoutQuery(from) + ": refused to follow a redirect to " + withoutQuery(to));
        } catch (IllegalArgumentException e) {
            throw new UnsupportedImageException(withoutQuery(from) + ": redirects to what is no address");
        }
    }

    private static RegistryException refusal(Request request, URI uri, Answer answer, Credentials credentials) {
        try (answer) {
            String detail = answer.text();
            boolean who = answer.status() == 401 || answer.status() == 403;
            return new RegistryException(
                    request.method + " " + withoutQuery(uri) + ": " + answer.status()
                            + (who ? " for " + credentials : "")
                            + (detail.isEmpty() ? "" : " " + detail),
                    answer.status(),
                    retryAfter(answer));
        }
    }

    /** Seconds or a date (RFC 9110, section 10.2.3). */
    static Duration retryAfter(Answer answer) {
        String text = answer.header("Retry-After").orElse("").strip();
        try {
            if (text.isEmpty()) {
                return Duration.ZERO;
            }
            Duration wait = text.chars().allMatch(Character::isDigit)
                    ? Duration.ofSeconds(Long.parseLong(text))
                    : Duration.between(Instant.now(), ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME));
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            return Duration.ZERO;
        }
    }

    /** An address as it may be shown: the query of a redirect is often a credential. */
    static String withoutQuery(URI uri) {
        String text = uri.toString();
        int mark = text.indexOf('?');
        return mark < 0 ? text : text.substring(0, mark);
    }

    private static boolean sameOrigin(URI a, URI b) {
        return a.getScheme().equals(b.getScheme()) && a.getHost().equalsIgnoreCase(b.getHost()) && port(a) == port(b);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }
}
