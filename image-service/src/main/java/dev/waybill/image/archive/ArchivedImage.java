package dev.waybill.image.archive;

import dev.waybill.image.registry.Digest;
import java.util.List;

/**
 * An image as an archive has it. Immutable.
 *
 * @param names what the archive calls it, as it is written there
 * @param manifestDigest null when the archive has no manifest of the registry's kind
 * @param configFile name of the configuration within the archive
 * @param layerFiles names of the layers' blobs, lowest first
 */
record ArchivedImage(
        List<String> names,
        @org.jspecify.annotations.Nullable Digest manifestDigest,
        String configFile,
        List<String> layerFiles) {}
