package dev.waybill.image.collection;

/**
 * How full the store's disk is. Immutable.
 *
 * @param totalBytes its size
 * @param usableBytes what is left of it
 */
public record DiskUse(long totalBytes, long usableBytes) {

    int percent() {
        return totalBytes == 0 ? 0 : (int) (100 - usableBytes * 100 / totalBytes);
    }

    /** How much must go until so many percent are in use. */
    long bytesAbove(int percent) {
        return totalBytes * percent / 100 >= totalBytes - usableBytes
                ? 0
                : totalBytes - usableBytes - totalBytes * percent / 100;
    }
}
