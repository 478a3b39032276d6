package dev.waybill.image.registry;

/**
 * Bytes of a blob. Immutable.
 *
 * @param from the first
 * @param end the one after the last
 */
public record ByteRange(long from, long end) {

    /** All of a blob. */
    public static ByteRange all(Descriptor blob) {
        return new ByteRange(0, blob.sizeBytes());
    }
}
