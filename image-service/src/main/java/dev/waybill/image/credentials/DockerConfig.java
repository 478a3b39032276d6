package dev.waybill.image.credentials;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@code config.json} of docker, or a pull secret's {@code .dockerconfigjson} or {@code .dockercfg}. Immutable.
 *
 * @param helpers credential helper by host, from {@code credHelpers}
 * @param defaultHelper from {@code credsStore}; empty when there is none
 */
public record DockerConfig(List<Entry> entries, Map<String, String> helpers, String defaultHelper) implements Keyring {

    public static final DockerConfig EMPTY = new DockerConfig(List.of(), Map.of(), "");

    private static final JsonMapper JSON = new JsonMapper();

    /** One key of {@code auths} and what it gives. */
    record Entry(RegistryPattern pattern, Credentials credentials) {}

    public DockerConfig {
        entries = List.copyOf(entries);
        helpers = Map.copyOf(helpers);
    }

    /** Reads a file with {@code auths}, {@code credHelpers} and {@code credsStore}. */
    public static DockerConfig parse(String what, byte[] json) throws InvalidCredentialsException {
        JsonNode root = object(what, json);
        Map<String, String> helpers = new HashMap<>();
        root.path("credHelpers")
                .properties()
                .forEach(
                        helper -> helpers.put(helper.getKey(), helper.getValue().asString("")));
        return new DockerConfig(
                entries(what + ": auths", root.path("auths")),
                helpers,
                root.path("credsStore").asString(""));
    }

    /** Reads the older form, which is what {@code auths} holds now. */
    public static DockerConfig parseOld(String what, byte[] json) throws InvalidCredentialsException {
        return new DockerConfig(entries(what, object(what, json)), Map.of(), "");
    }

    /** Kubernetes' order: keys backwards by the alphabet; what is for docker.io by its old names too. */
    @Override
    public List<Credentials> lookup(String name) {
        List<Credentials> found = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.pattern.matches(name) || (name.startsWith("docker.io/") && isDockerHub(entry.pattern, name))) {
                found.add(entry.credentials);
            }
        }
        return found;
    }

    private static boolean isDockerHub(RegistryPattern pattern, String name) {
        String hub = "index.docker.io" + name.substring("docker.io".length());
        return pattern.matches(hub) || pattern.matches("registry-1" + hub.substring("index".length()));
    }

    private static List<Entry> entries(String what, JsonNode auths) throws InvalidCredentialsException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> auth : auths.properties()) {
            Optional<Credentials> credentials = credentials(what + "[\"" + auth.getKey() + "\"]", auth.getValue());
            credentials.ifPresent(found -> entries.add(new Entry(RegistryPattern.parse(auth.getKey()), found)));
        }
        entries.sort(
                Comparator.comparing((Entry entry) -> entry.pattern.sortKey()).reversed());
        return entries;
    }

    /** {@code auth} wins over user name and password, as in docker; an empty entry means that a helper has it. */
    static Optional<Credentials> credentials(String field, JsonNode node) throws InvalidCredentialsException {
        String identity = node.path("identitytoken").asString("");
        if (!identity.isEmpty()) {
            return Optional.of(new Credentials.IdentityToken(identity));
        }
        String bearer = node.path("registrytoken").asString("");
        if (!bearer.isEmpty()) {
            return Optional.of(new Credentials.RegistryToken(bearer));
        }
        String auth = node.path("auth").asString("");
        if (!auth.isEmpty()) {
            return Optional.of(decoded(field, auth));
        }
        String user = node.path("username").asString("");
        return user.isEmpty()
                ? Optional.empty()
                : Optional.of(new Credentials.Basic(user, node.path("password").asString("")));
    }

    /** The form that {@code auth} has: {@code user:password} in base64. */
    public static Credentials decoded(String field, String auth) throws InvalidCredentialsException {
        try {
            String text = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0) {
                // docker pads with NUL
                String password = text.substring(colon + 1);
                int end = password.length();
                while (end > 0 && password.charAt(end - 1) == 0) {
                    end--;
                }
                return new Credentials.Basic(text.substring(0, colon), password.substring(0, end));
            }
        } catch (IllegalArgumentException e) {
            throw new InvalidCredentialsException(field + ".auth: is not base64");
        }
        throw new InvalidCredentialsException(field + ".auth: is not user:password in base64");
    }

    private static JsonNode object(String what, byte[] json) throws InvalidCredentialsException {
        try {
            JsonNode root = JSON.readTree(json);
            if (root != null && root.isObject()) {
                return root;
            }
        } catch (JacksonException e) {
            // the parser's message would quote what may be a password
            throw new InvalidCredentialsException(what + ": is not JSON");
        }
        throw new InvalidCredentialsException(what + ": is not a JSON object");
    }

    @Override
    public String toString() {
        return "DockerConfig of " + entries.size() + " registries";
    }
}
