package dev.waybill.image.policy;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a policy in the format of containers-policy.json(5), as podman and CRI-O read it: {@code default} and the
 * {@code docker} transport with insecureAcceptAnything, reject and sigstoreSigned with keys. The rest (GPG, Fulcio,
 * Rekor) is refused rather than passed over, with the field. Stateless.
 */
public final class PolicyFile {

    private static final JsonMapper JSON = new JsonMapper();

    private PolicyFile() {}

    /** Reads a file and the keys that it names. */
    public static ImagePolicy read(Path file) {
        try {
            return parse(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new InvalidPolicyException(file + ": can't be read: " + e.getMessage());
        }
    }

    static ImagePolicy parse(String file, byte[] bytes) {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw new InvalidPolicyException(file + ": is not JSON: " + e.getOriginalMessage());
        }
        only(file, root, "default", "transports");
        if (!root.has("default")) {
            throw new InvalidPolicyException(file + ": default: is missing");
        }
        Map<String, List<Requirement>> scopes = new HashMap<>();
        JsonNode docker = root.path("transports").path("docker");
        for (Map.Entry<String, JsonNode> scope : docker.properties()) {
            scopes.put(
                    scope.getKey(),
                    requirements(file + ": transports.docker[\"" + scope.getKey() + "\"]", scope.getValue()));
        }
        return new ImagePolicy(requirements(file + ": default", root.path("default")), scopes);
    }

    private static List<Requirement> requirements(String field, JsonNode list) {
        if (!list.isArray() || list.isEmpty()) {
            throw new InvalidPolicyException(field + ": must be a list of at least one requirement");
        }
        List<Requirement> requirements = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            requirements.add(requirement(field + "[" + i + "]", list.get(i)));
        }
        return requirements;
    }

    private static Requirement requirement(String field, JsonNode node) {
        String type = node.path("type").asString("");
        return switch (type) {
            case "insecureAcceptAnything" -> {
                only(field, node, "type");
                yield new Requirement.AcceptAnything();
            }
            case "reject" -> {
                only(field, node, "type");
                yield new Requirement.Reject();
            }
            case "sigstoreSigned" -> {
                only(field, node, "type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity");
                yield new Requirement.Signed(keys(field, node), identity(field, node.path("signedIdentity")));
            }
            default ->
                throw new InvalidPolicyException(
                        field + ".type: \"" + type + "\" is none of insecureAcceptAnything, reject, sigstoreSigned");
        };
    }

    private static List<PublicKey> keys(String field, JsonNode node) {
        List<PublicKey> keys = new ArrayList<>();
        each(node, "keyPath", "keyPaths").forEach(path -> {
            try {
                keys.add(PublicKeys.parse(field + ": " + path, Files.readString(Path.of(path))));
            } catch (IOException e) {
                throw new InvalidPolicyException(field + ": key " + path + " can't be read: " + e.getMessage());
            }
        });
        each(node, "keyData", "keyDatas").forEach(data -> {
            try {
                keys.add(PublicKeys.parse(
                        field + ".keyData", new String(Base64.getDecoder().decode(data), StandardCharsets.US_ASCII)));
            } catch (IllegalArgumentException e) {
                throw new InvalidPolicyException(field + ".keyData: is not base64");
            }
        });
        if (keys.isEmpty()) {
            throw new InvalidPolicyException(field + ": keyPath or keyData is missing");
        }
        return keys;
    }

    private static List<String> each(JsonNode node, String one, String many) {
        List<String> all = new ArrayList<>();
        if (node.has(one)) {
            all.add(node.path(one).asString(""));
        }
        node.path(many).forEach(item -> all.add(item.asString("")));
        return all;
    }

    private static SignedIdentity identity(String field, JsonNode node) {
        String place = field + ".signedIdentity";
        String type = node.path("type").asString("matchRepoDigestOrExact");
        return switch (type) {
            case "matchExact" -> new SignedIdentity.MatchExact();
            case "matchRepoDigestOrExact" -> new SignedIdentity.MatchRepoDigestOrExact();
            case "matchRepository" -> new SignedIdentity.MatchRepository();
            case "exactRepository" ->
                new SignedIdentity.ExactRepository(named(
                                place + ".dockerRepository",
                                node.path("dockerRepository").asString(""))
                        .name());
            case "exactReference" ->
                new SignedIdentity.ExactReference(named(
                                place + ".dockerReference",
                                node.path("dockerReference").asString(""))
                        .toString());
            default -> throw new InvalidPolicyException(place + ".type: \"" + type + "\" is not supported");
        };
    }

    private static ImageReference named(String field, String name) {
        try {
            return ImageReference.parse(name);
        } catch (InvalidReferenceException e) {
            throw new InvalidPolicyException(field + ": " + e.getMessage());
        }
    }

    private static void only(String field, JsonNode node, String... known) {
        if (!node.isObject()) {
            throw new InvalidPolicyException(field + ": must be an object");
        }
        node.properties().forEach(entry -> {
            if (!Set.of(known).contains(entry.getKey())) {
                throw new InvalidPolicyException(
                        field + "." + entry.getKey() + ": is not supported; known are " + String.join(", ", known));
            }
        });
    }
}
