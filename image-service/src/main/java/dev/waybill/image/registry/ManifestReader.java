package dev.waybill.image.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads manifests and indexes (OCI image spec 1.1, Docker image manifest version 2 schema 2), and says of everything
 * else why it is refused. Pure, thread-safe.
 */
public final class ManifestReader {

    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";

    /** Every manifest type that is understood, for an Accept header. */
    public static final List<String> ACCEPTED = List.of(OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST);

    private static final Set<String> LAYER_TYPES = Set.of(
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.diff.tar.gzip");

    /** overlayfs refuses more lower directories than this (fs/overlayfs, OVL_MAX_STACK). */
    private static final int MAX_LAYERS = 500;

    private static final JsonMapper JSON = new JsonMapper();

    private ManifestReader() {}

    /** What a manifest answer turned out to be. */
    public sealed interface Manifest {
        /** One platform's image. */
        record Image(ImageManifest manifest) implements Manifest {}

        /** An index, from which the entry of the platform asked for was taken. */
        record Index(Descriptor chosen) implements Manifest {}
    }

    /** Reads a manifest answer; the content type is used only where the body names no media type. */
    public static Manifest read(byte[] body, String contentType, Platform platform) throws UnsupportedImageException {
        JsonNode root = parse("manifest", body);
        if (root.path("schemaVersion").asInt(0) != 2) {
            throw new UnsupportedImageException("manifest: schemaVersion "
                    + root.path("schemaVersion").asString("(none)")
                    + " is not supported, only 2: the image is in Docker's old format, push it again");
        }
        String declared = root.path("mediaType").asString("");
        String type = declared.isEmpty() ? bareType(contentType) : declared;
        if (type.equals(OCI_INDEX) || type.equals(DOCKER_INDEX) || (root.has("manifests") && !root.has("layers"))) {
            return new Manifest.Index(choose(root, platform));
        }
        if (type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST) || root.has("layers")) {
            return new Manifest.Image(image(root));
        }
        throw new UnsupportedImageException("manifest: media type \"" + type + "\" is not supported");
    }

    private static ImageManifest image(JsonNode root) throws UnsupportedImageException {
        Descriptor config = descriptor("config", root.path("config"));
        List<Descriptor> layers = new ArrayList<>();
        JsonNode list = root.path("layers");
        if (!list.isArray()) {
            throw new UnsupportedImageException("manifest: layers must be an array");
        }
        if (list.size() > MAX_LAYERS) {
            throw new UnsupportedImageException(
                    "manifest: " + list.size() + " layers are more than overlayfs takes (" + MAX_LAYERS + ")");
        }
        for (int i = 0; i < list.size(); i++) {
            String field = "layers[" + i + "]";
            Descriptor layer = descriptor(field, list.get(i));
            checkLayerType(field, layer.mediaType());
            layers.add(layer);
        }
        return new ImageManifest(config, layers);
    }

    private static void checkLayerType(String field, String type) throws UnsupportedImageException {
        if (LAYER_TYPES.contains(type)) {
            return;
        }
        String reason;
        if (type.endsWith("zstd")) {
            reason = "zstd layers are not supported, push the image with gzip";
        } else if (type.contains("foreign") || type.contains("nondistributable")) {
            reason = "foreign layers, which the registry doesn't hold, are not supported";
        } else {
            reason = "not a layer of a container image";
        }
        throw new UnsupportedImageException(field + ".mediaType \"" + type + "\": " + reason);
    }

    private static Descriptor choose(JsonNode root, Platform platform) throws UnsupportedImageException {
        List<String> offered = new ArrayList<>();
        JsonNode list = root.path("manifests");
        for (int i = 0; i < list.size(); i++) {
            JsonNode entry = list.get(i);
            String os = entry.path("platform").path("os").asString("");
            String architecture = entry.path("platform").path("architecture").asString("");
            if (os.equals(platform.os()) && architecture.equals(platform.architecture())) {
                return descriptor("manifests[" + i + "]", entry);
            }
            offered.add(os + "/" + architecture);
        }
        throw new UnsupportedImageException("no image for platform " + platform + "; there are "
                + (offered.isEmpty()
                        ? "none"
                        : String.join(
                                ", ", offered.stream().distinct().limit(20).toList())));
    }

    private static Descriptor descriptor(String field, JsonNode node) throws UnsupportedImageException {
        Digest digest = Digest.parse(field + ".digest", node.path("digest").asString(""));
        long size = node.path("size").asLong(-1);
        if (size < 0) {
            throw new UnsupportedImageException(field + ".size: must be a length in bytes");
        }
        return new Descriptor(node.path("mediaType").asString(""), digest, size);
    }

    static JsonNode parse(String what, byte[] body) throws UnsupportedImageException {
        try {
            JsonNode root = JSON.readTree(body);
            if (root == null || !root.isObject()) {
                throw new UnsupportedImageException(what + ": not a JSON object");
            }
            return root;
        } catch (JacksonException e) {
            throw new UnsupportedImageException(what + ": not JSON: " + e.getOriginalMessage());
        }
    }

    private static String bareType(String contentType) {
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
    }
}
