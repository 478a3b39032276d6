package dev.waybill.node.pod;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An image on this node's disk. Immutable.
 *
 * @param config the OCI image configuration as JSON
 * @param storePath where the image store lies; empty when none is known
 * @param driver how a container's root is made of the layers
 */
public record ImageFacts(
        String reference,
        String imageId,
        String repoDigest,
        List<String> layerPaths,
        String config,
        String storePath,
        String driver) {
    private static final JsonMapper JSON = new JsonMapper();

    /** Takes records of earlier versions too, which lack the last two. */
    @SuppressWarnings("NullAway") // what Jackson gives for a field that is not there
    public ImageFacts {
        storePath = orElse(storePath, "");
        driver = orElse(driver, "overlay");
    }

    /** An image of no store. */
    public ImageFacts(String reference, String imageId, String repoDigest, List<String> layerPaths, String config) {
        this(reference, imageId, repoDigest, layerPaths, config, "", "overlay");
    }

    /** The signal that the image wants its containers to end with; empty for none. */
    public String stopSignal() {
        JsonNode root = JSON.readTree(config.isBlank() ? "{}" : config);
        return root.path("config").path("StopSignal").asString("");
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
