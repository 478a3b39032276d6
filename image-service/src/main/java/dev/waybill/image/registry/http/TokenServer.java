package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.registry.RegistryException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks token servers for access tokens: by GET with or without a password, by OAuth2's POST with an identity token
 * (distribution spec, auth/token and auth/oauth). Thread-safe.
 */
final class TokenServer {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_ANSWER_BYTES = 256 << 10;

    /** Tokens without expires_in live 60 s; one is given up a little early. */
    private static final int DEFAULT_SECONDS = 60;

    private static final int EARLY_SECONDS = 5;
    private static final int LONGEST_SECONDS = 86_400;

    private final HttpConnections connections;

    TokenServer(HttpConnections connections) {
        this.connections = connections;
    }

    /**
     * An access token.
     *
     * @param expiresNanos by the JVM's clock
     */
    record Token(String value, long expiresNanos) {
        @Override
        public String toString() {
            return "an access token";
        }
    }

    /** The token that a challenge asks for. */
    Token fetch(URI asked, Challenge challenge, String repository, Credentials credentials) throws IOException {
        URI realm = realm(asked, challenge.get("realm"));
        Map<String, String> wanted = new LinkedHashMap<>();
        if (!challenge.get("service").isEmpty()) {
            wanted.put("service", challenge.get("service"));
        }
        String scope = challenge.get("scope");
        wanted.put("scope", scope.isEmpty() ? "repository:" + repository + ":pull" : scope);
        if (credentials instanceof Credentials.IdentityToken(String refresh)) {
            wanted.put("grant_type", "refresh_token");
            wanted.put("client_id", "waybill");
            wanted.put("refresh_token", refresh);
            return token(realm, "POST", realm, Map.of(), form(wanted));
        }
        String query = (realm.getRawQuery() == null ? "" : realm.getRawQuery() + "&") + form(wanted);
        URI uri = URI.create(Requests.withoutQuery(realm) + "?" + query);
        Map<String, String> headers = credentials instanceof Credentials.Basic basic
                ? Map.of("Authorization", Authorizations.basic(basic))
                : Map.of();
        return token(realm, "GET", uri, headers, null);
    }

    private Token token(URI realm, String method, URI uri, Map<String, String> headers, @Nullable String form)
            throws IOException {
        String where = "token from " + Requests.withoutQuery(realm);
        try (Answer answer = connections.send(method, uri, headers, form)) {
            if (answer.status() != 200) {
                throw new RegistryException(
                        where + ": " + answer.status(), answer.status(), Requests.retryAfter(answer));
            }
            return read(where, answer.readNBytes(MAX_ANSWER_BYTES));
        }
    }

    private static Token read(String where, byte[] body) throws IOException {
        JsonNode answer;
        try {
            answer = JSON.readTree(body);
        } catch (JacksonException e) {
            throw new RegistryException(where + ": not JSON", 401);
        }
        String value = answer.path("token").asString("");
        if (value.isEmpty()) {
            value = answer.path("access_token").asString("");
        }
        if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new RegistryException(where + ": the answer holds no usable token", 401);
        }
        long seconds = answer.path("expires_in").asLong(DEFAULT_SECONDS);
        long kept = Math.clamp(seconds - EARLY_SECONDS, 1, LONGEST_SECONDS);
        return new Token(value, System.nanoTime() + Duration.ofSeconds(kept).toNanos());
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** A token server must be as safe to talk to as the registry: HTTPS, or plain only where the registry is, too. */
    private static URI realm(URI asked, String realm) throws IOException {
        URI uri;
        try {
            uri = URI.create(realm);
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    Requests.withoutQuery(asked) + ": 401 with realm \"" + realm + "\", which is no address", 401);
        }
        boolean plain = "http".equals(asked.getScheme()) && "http".equals(uri.getScheme()) && uri.getHost() != null;
        boolean near = plain
                && (RegistryHosts.isLoopback(uri.getHost()) || uri.getHost().equals(asked.getHost()));
        if (uri.getHost() != null && ("https".equals(uri.getScheme()) || near)) {
            return uri;
        }
        throw new RegistryException(
                Requests.withoutQuery(asked) + ": 401 with realm \"" + realm + "\", which is not HTTPS", 401);
    }
}
