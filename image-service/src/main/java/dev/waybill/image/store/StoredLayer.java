package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.nio.file.Path;

/**
 * A layer on disk. Immutable.
 *
 * @param diffId digest of the uncompressed layer
 * @param path directory to mount
 * @param contentBytes bytes of file content
 * @param entries entries in its archive
 */
public record StoredLayer(Digest diffId, Path path, long contentBytes, long entries) {}
