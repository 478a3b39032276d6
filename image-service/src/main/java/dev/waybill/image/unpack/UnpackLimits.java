package dev.waybill.image.unpack;

/**
 * What one layer may take. Immutable.
 *
 * @param maxEntries entries in the archive
 * @param maxBytes length of the uncompressed archive
 */
public record UnpackLimits(long maxEntries, long maxBytes) {}
