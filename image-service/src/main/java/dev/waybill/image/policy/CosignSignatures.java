package dev.waybill.image.policy;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Signatures as cosign pushes them beside an image: a manifest tagged {@code sha256-<hex>.sig} whose layers are
 * simple-signing payloads, each with its signature in an annotation. Stateless; nothing of a payload is believed before
 * its signature was verified.
 */
final class CosignSignatures {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String SIGNATURE = "dev.cosignproject.cosign/signature";

    /** More signatures than this are not looked at. */
    private static final int MAX_SIGNATURES = 32;

    private CosignSignatures() {}

    /** Refuses an image none of whose signatures meets the requirement. */
    static void require(Requirement.Signed wanted, Registry registry, ImageReference reference, List<Digest> digests)
            throws IOException {
        List<String> refusals = new ArrayList<>();
        for (Digest digest : digests.stream().distinct().toList()) {
            for (JsonNode layer : signatures(registry, reference, digest)) {
                Optional<String> refusal = verify(wanted, registry, reference, digest, layer);
                if (refusal.isEmpty()) {
                    return;
                }
                refusals.add(refusal.get());
            }
        }
        String why = refusals.isEmpty()
                ? "there is none"
                : String.join("; ", refusals.stream().distinct().limit(3).toList());
        throw new ImageRejectedException("image " + reference + " needs a signature: " + why, true);
    }

    private static List<JsonNode> signatures(Registry registry, ImageReference reference, Digest digest)
            throws IOException {
        try {
            byte[] manifest = registry.manifest(reference, "sha256-" + digest.hex() + ".sig")
                    .body();
            JsonNode layers = JSON.readTree(manifest).path("layers");
            return Stream.iterate(0, i -> i < Math.min(layers.size(), MAX_SIGNATURES), i -> i + 1)
                    .map(layers::get)
                    .filter(layer -> layer.path("mediaType").asString("").equals(PAYLOAD_TYPE))
                    .toList();
        } catch (RegistryException e) {
            if (e.status() == 404) {
                return List.of();
            }
            throw e;
        } catch (JacksonException e) {
            return List.of();
        }
    }

    /** Why a signature is no good; empty when it is. */
    private static Optional<String> verify(
            Requirement.Signed wanted, Registry registry, ImageReference reference, Digest digest, JsonNode layer)
            throws IOException {
        byte[] signature;
        byte[] payload;
        try {
            signature = Base64.getDecoder()
                    .decode(layer.path("annotations").path(SIGNATURE).asString(""));
            Digest blob = Digest.parse("signature", layer.path("digest").asString(""));
            payload = registry.smallBlob(
                    reference,
                    new Descriptor(PAYLOAD_TYPE, blob, layer.path("size").asLong(0)));
        } catch (IllegalArgumentException | UnsupportedImageException e) {
            return Optional.of("a signature can't be read");
        }
        if (wanted.keys().stream().noneMatch(key -> PublicKeys.verifies(key, payload, signature))) {
            return Optional.of("a signature was made with none of the policy's keys");
        }
        return claims(wanted, reference, digest, payload);
    }

    /** What a payload claims, which was signed with a key of the policy. */
    private static Optional<String> claims(
            Requirement.Signed wanted, ImageReference reference, Digest digest, byte[] payload) {
        JsonNode critical;
        try {
            critical = JSON.readTree(payload).path("critical");
        } catch (JacksonException e) {
            return Optional.of("a payload is not JSON");
        }
        if (!critical.path("image").path("docker-manifest-digest").asString("").equals(digest.toString())) {
            return Optional.of("a signature is for another image");
        }
        String signed = critical.path("identity").path("docker-reference").asString("");
        return wanted.identity().fits(reference, signed)
                ? Optional.empty()
                : Optional.of("a signature is for the name \"" + signed + "\"");
    }
}
