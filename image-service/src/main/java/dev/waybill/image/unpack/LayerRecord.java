package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What one file of an unpacked layer was when it was written, so that damage can be found later. Immutable. Names are
 * byte strings, one char per byte.
 *
 * @param type {@code d f l c b p} as find(1) prints them, {@code h} a hard link, {@code w} a whiteout, {@code o} the
 *     mark that a directory is opaque, {@code i} a directory that the archive left out
 * @param path from the layer's root; empty for the root itself
 * @param link target of a symbolic or hard link
 * @param device major and minor number, as {@code major << 32 | minor}
 * @param contentCrc CRC-32C of the content
 * @param xattrsCrc CRC-32C of the extended attributes
 */
public record LayerRecord(
        char type,
        String path,
        String link,
        int mode,
        int uid,
        int gid,
        long mtimeSeconds,
        int mtimeNanos,
        long sizeBytes,
        long device,
        int contentCrc,
        int xattrsCrc) {

    /** A record of what has no attributes of its own. */
    static LayerRecord mark(char type, String path, String link) {
        return new LayerRecord(type, path, link, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    void write(DataOutput out) throws IOException {
        out.writeByte(type);
        text(out, path);
        text(out, link);
        if (hasAttributes(type)) {
            out.writeInt(mode);
            out.writeInt(uid);
            out.writeInt(gid);
            out.writeLong(mtimeSeconds);
            out.writeInt(mtimeNanos);
            out.writeLong(sizeBytes);
            out.writeLong(device);
            out.writeInt(contentCrc);
            out.writeInt(xattrsCrc);
        }
    }

    /** Reads one record. */
    public static LayerRecord read(DataInput in) throws IOException {
        char type = (char) in.readUnsignedByte();
        String path = text(in);
        String link = text(in);
        if (!hasAttributes(type)) {
            return mark(type, path, link);
        }
        return new LayerRecord(
                type,
                path,
                link,
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readInt());
    }

    private static boolean hasAttributes(char type) {
        return type != 'h' && type != 'w' && type != 'o' && type != 'i';
    }

    private static void text(DataOutput out, String text) throws IOException {
        byte[] bytes = text.getBytes(Linux.NAME_BYTES);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readUnsignedShort()];
        in.readFully(bytes);
        return new String(bytes, Linux.NAME_BYTES);
    }

    /** Attributes that are written to disk: those of the host and marks of overlayfs are left out. */
    public static SortedMap<String, byte[]> ofTheImage(Map<String, byte[]> xattrs) {
        SortedMap<String, byte[]> kept = new TreeMap<>(xattrs);
        kept.keySet().removeIf(LayerRecord::isOfTheHost);
        return kept;
    }

    /** Marks of overlayfs could redirect into other layers; labels of security modules are the builder's host's. */
    private static boolean isOfTheHost(String key) {
        return key.startsWith("trusted.overlay.")
                || key.startsWith("user.overlay.")
                || (key.startsWith("security.") && !key.equals("security.capability"));
    }

    /** The checksum of attributes of the image. */
    public static int crc(SortedMap<String, byte[]> xattrs) {
        CRC32C crc = new CRC32C();
        xattrs.forEach((key, value) -> {
            crc.update(key.getBytes(StandardCharsets.ISO_8859_1));
            crc.update(0);
            crc.update(value);
            crc.update(0);
        });
        return xattrs.isEmpty() ? 0 : (int) crc.getValue();
    }
}
