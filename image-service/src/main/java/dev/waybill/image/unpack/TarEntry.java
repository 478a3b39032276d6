package dev.waybill.image.unpack;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a tar archive. Immutable. Names are byte strings, one char per byte.
 *
 * @param name path as the archive has it
 * @param type type flag of the header
 * @param linkName target of a hard or symbolic link
 * @param sizeBytes length of the content
 * @param mode permissions, with set-id and sticky bits
 * @param mtimeSeconds modification time, since 1970
 * @param mtimeNanos its fraction
 * @param xattrs extended attributes; values as they are
 * @param sparse where the content of a sparse file goes, null for any other
 */
record TarEntry(
        String name,
        char type,
        String linkName,
        long sizeBytes,
        int mode,
        long uid,
        long gid,
        long mtimeSeconds,
        int mtimeNanos,
        long major,
        long minor,
        Map<String, byte[]> xattrs,
        @Nullable Sparse sparse) {

    /**
     * A file with holes.
     *
     * @param realBytes its length, holes included
     * @param data its parts that are not holes, in order
     */
    record Sparse(long realBytes, List<Extent> data) {

        /** More parts than this in one file are an attack. */
        static final int MAX_EXTENTS = 100_000;

        Sparse {
            data = List.copyOf(data);
        }

        /** Refuses parts that overlap, go backwards or leave the file, or that are not what the archive stores. */
        void check(String name, long storedBytes) throws HostileLayerException {
            long end = 0;
            long stored = 0;
            for (Extent extent : data) {
                boolean inside = extent.offset >= end
                        && extent.length >= 0
                        && extent.length <= realBytes
                        && extent.offset <= realBytes - extent.length;
                if (!inside) {
                    throw new HostileLayerException(name, "its sparse map is out of order or leaves the file");
                }
                end = extent.offset + extent.length;
                stored += extent.length;
            }
            if (stored != storedBytes) {
                throw new HostileLayerException(
                        name, "its sparse map has " + stored + " bytes, the archive " + storedBytes);
            }
        }
    }

    /** A part of a sparse file. */
    record Extent(long offset, long length) {}
}
