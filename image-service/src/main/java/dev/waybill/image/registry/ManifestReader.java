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
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.diff.tar.zstd");

    /** overlayfs refuses more lower directories than this (fs/overlayfs, OVL_MAX_STACK). */
    private static final int MAX_LAYERS = 500;

    /** As many platforms as no image has. */
    private static final int MAX_INDEX_ENTRIES = 1000;

    /** What configurations of images are called; anything else is an artifact (OCI image spec, manifest.md). */
    private static final Set<String> CONFIG_TYPES =
            Set.of("", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");

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
        String artifact = root.path("artifactType").asString("");
        if (!CONFIG_TYPES.contains(config.mediaType()) || !artifact.isEmpty()) {
            throw new UnsupportedImageException("config.mediaType \"" + config.mediaType() + "\""
                    + (artifact.isEmpty() ? "" : ", artifactType \"" + artifact + "\"")
                    + ": an artifact, not the image of a container");
        }
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
        if (type.endsWith("+encrypted")) {
            reason = "encrypted layers are not supported";
        } else if (type.contains("foreign") || type.contains("nondistributable")) {
            reason = "foreign layers, which the registry doesn't hold, are not supported";
        } else {
            reason = "not a layer of a container image";
        }
        throw new UnsupportedImageException(field + ".mediaType \"" + type + "\": " + reason);
    }

    private static Descriptor choose(JsonNode root, Platform platform) throws UnsupportedImageException {
        JsonNode list = root.path("manifests");
        if (!list.isArray() || list.size() > MAX_INDEX_ENTRIES) {
            throw new UnsupportedImageException(
                    "index: manifests must be an array of at most " + MAX_INDEX_ENTRIES + " entries");
        }
        List<Platform> offered = new ArrayList<>();
        for (JsonNode entry : list) {
            JsonNode of = entry.path("platform");
            offered.add(new Platform(
                            of.path("os").asString(""),
                            of.path("architecture").asString(""),
                            of.path("variant").asString(""))
                    .normal());
        }
        for (Platform wanted : platform.runnable()) {
            int found = offered.indexOf(wanted);
            if (found >= 0) {
                return descriptor("manifests[" + found + "]", list.get(found));
            }
        }
        // an index of one entry that says nothing of platforms, such as an index of an index
        if (list.size() == 1 && !list.get(0).has("platform")) {
            return descriptor("manifests[0]", list.get(0));
        }
        throw new UnsupportedImageException(
                "no image for platform " + platform.normal() + "; there are " + names(offered));
    }

    private static String names(List<Platform> offered) {
        List<String> names = offered.stream()
                .filter(platform -> !platform.os().isEmpty())
                .map(Platform::toString)
                .distinct()
                .limit(20)
                .toList();
        return names.isEmpty() ? "none" : String.join(", ", names);
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
