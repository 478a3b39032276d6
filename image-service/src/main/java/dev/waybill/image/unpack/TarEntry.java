package dev.waybill.image.unpack;

import java.util.Map;

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
        Map<String, byte[]> xattrs) {

    boolean hasContent() {
        return type == '0' || type == '\0' || type == '7';
    }
}
