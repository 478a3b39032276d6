package dev.waybill.image.registry.http;

import dev.waybill.image.registry.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Anonymous bearer tokens, one per repository, kept until they expire (distribution spec, auth/token). Thread-safe. */
final class BearerTokens {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern PARAMETER = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
    private static final int MAX_ANSWER_BYTES = 256 << 10;
    private static final int MAX_TOKENS = 1000;

    /** Tokens without expires_in live 60 s; one is given up a little early. */
    private static final int DEFAULT_SECONDS = 60;

    private static final int EARLY_SECONDS = 5;

    private record Token(String value, long expiresNanos) {}

    private final Map<String, Token> cache = new ConcurrentHashMap<>();
    private final HttpClient client;
    private final Duration timeout;

    BearerTokens(HttpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    @Nullable
    String cached(String scope) {
        Token token = cache.get(scope);
        if (token == null) {
            return null;
        }
        if (token.expiresNanos - System.nanoTime() < 0) {
            cache.remove(scope, token);
            return null;
        }
        return token.value;
    }

    /** Fetches the token that a 401 asks for. */
    String answer(String scope, URI asked, List<String> challenges) throws IOException {
        for (String challenge : challenges) {
            if (challenge.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
                Token token = fetch(asked, parameters(challenge));
                if (cache.size() >= MAX_TOKENS) {
                    cache.clear();
                }
                cache.put(scope, token);
                return token.value;
            }
        }
        throw new RegistryException(asked + ": 401, the registry wants credentials: " + challenges, 401);
    }

    static Map<String, String> parameters(String challenge) {
        Map<String, String> parameters = new TreeMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            parameters.put(matcher.group(1), matcher.group(2));
        }
        return parameters;
    }

    private Token fetch(URI asked, Map<String, String> challenge) throws IOException {
        URI realm = realm(asked, challenge.getOrDefault("realm", ""));
        StringBuilder query = new StringBuilder(realm.getQuery() == null ? "" : realm.getRawQuery() + "&");
        challenge.forEach((name, value) -> {
            if (name.equals("service") || name.equals("scope")) {
                query.append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8))
                        .append('&');
            }
        });
        String base = realm.toString();
        int mark = base.indexOf('?');
        URI uri = URI.create((mark < 0 ? base : base.substring(0, mark)) + "?" + query);
        HttpResponse<InputStream> response = Http.send(
                client,
                HttpRequest.newBuilder(uri).timeout(timeout).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        byte[] body;
        try (InputStream in = response.body()) {
            body = in.readNBytes(MAX_ANSWER_BYTES);
        }
        if (response.statusCode() != 200) {
            throw new RegistryException("token from " + realm + ": " + response.statusCode(), response.statusCode());
        }
        return token(realm, body);
    }

    private static Token token(URI realm, byte[] body) throws IOException {
        try {
            JsonNode answer = JSON.readTree(body);
            String value = answer.path("token").asString("");
            if (value.isEmpty()) {
                value = answer.path("access_token").asString("");
            }
            if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new RegistryException("token from " + realm + ": the answer holds no usable token", 401);
            }
            long seconds = Math.clamp(answer.path("expires_in").asLong(DEFAULT_SECONDS), EARLY_SECONDS, 86_400);
            return new Token(
                    value,
                    System.nanoTime()
                            + Duration.ofSeconds(seconds - EARLY_SECONDS).toNanos());
        } catch (JacksonException e) {
            throw new RegistryException("token from " + realm + ": not JSON: " + e.getOriginalMessage(), 401);
        }
    }

    /** A token server must be as safe to talk to as the registry: HTTPS, or loopback for a registry on loopback. */
    private static URI realm(URI asked, String realm) throws IOException {
        try {
            URI uri = URI.create(realm);
            boolean safe = "https".equals(uri.getScheme())
                    || ("http".equals(asked.getScheme())
                            && "http".equals(uri.getScheme())
                            && uri.getHost() != null
                            && Http.isLoopback(uri.getHost()));
            if (safe) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new RegistryException(asked + ": 401 with realm \"" + realm + "\", which is no address", 401);
        }
        throw new RegistryException(asked + ": 401 with realm \"" + realm + "\", which is not HTTPS", 401);
    }
}
