package dev.waybill.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The parts of an image configuration (OCI image spec, config.md) that unpacking needs. Immutable.
 *
 * @param json the configuration as the registry holds it, byte for byte
 * @param diffIds digests of the uncompressed layers, lowest first
 */
public record ImageConfig(String json, List<Digest> diffIds) {

    public ImageConfig {
        diffIds = List.copyOf(diffIds);
    }

    /** Reads a configuration and refuses one for another platform, or one that doesn't fit its manifest. */
    public static ImageConfig read(byte[] body, int layers, Platform platform) throws UnsupportedImageException {
        JsonNode root = ManifestReader.parse("image config", body);
        checkPlatform(root, platform);
        JsonNode list = root.path("rootfs").path("diff_ids");
        List<Digest> diffIds = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            diffIds.add(Digest.parse(
                    "image config: rootfs.diff_ids[" + i + "]", list.get(i).asString("")));
        }
        if (diffIds.size() != layers) {
            throw new UnsupportedImageException("image config: rootfs.diff_ids has " + diffIds.size()
                    + " entries, the manifest has " + layers + " layers");
        }
        return new ImageConfig(new String(body, StandardCharsets.UTF_8), diffIds);
    }

    private static void checkPlatform(JsonNode root, Platform node) throws UnsupportedImageException {
        String os = root.path("os").asString("");
        String architecture = root.path("architecture").asString("");
        if (!os.isEmpty() && !os.equals(node.os())) {
            throw new UnsupportedImageException("image config: os is " + os + ", this node is " + node);
        }
        boolean runs = node.runnable().stream()
                .anyMatch(platform -> new Platform(node.os(), architecture, "")
                        .normal()
                        .architecture()
                        .equals(platform.architecture()));
        if (!architecture.isEmpty() && !runs) {
            throw new UnsupportedImageException(
                    "image config: architecture is " + architecture + ", this node is " + node);
        }
    }
}
