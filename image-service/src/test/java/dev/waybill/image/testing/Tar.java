package dev.waybill.image.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** Writes tar archives field by field, so that tests can write what no tar program would. Not thread-safe. */
public final class Tar {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream pax = new ByteArrayOutputStream();
    private int mode = 0644;
    private int uid;
    private int gid;
    private long mtime = 1_000_000;

    /** Permissions of the entries that follow. */
    public Tar mode(int value) {
        mode = value;
        return this;
    }

    public Tar owner(int user, int group) {
        uid = user;
        gid = group;
        return this;
    }

    public Tar mtime(long seconds) {
        mtime = seconds;
        return this;
    }

    public Tar directory(String name) {
        return entry(name, '5', "", new byte[0], 0, 0);
    }

    public Tar file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    public Tar file(String name, byte[] content) {
        return entry(name, '0', "", content, 0, 0);
    }

    public Tar symlink(String name, String target) {
        return entry(name, '2', target, new byte[0], 0, 0);
    }

    public Tar hardlink(String name, String target) {
        return entry(name, '1', target, new byte[0], 0, 0);
    }

    public Tar device(String name, char type, int major, int minor) {
        return entry(name, type, "", new byte[0], major, minor);
    }

    /** A PAX record for the entry that follows; the value may be binary. */
    public Tar pax(String key, byte[] value) {
        int length = key.length() + value.length + 3;
        int total = length + Integer.toString(length).length();
        if (Integer.toString(total).length() > Integer.toString(length).length()) {
            total++;
        }
        pax.writeBytes((total + " " + key + "=").getBytes(StandardCharsets.UTF_8));
        pax.writeBytes(value);
        pax.write('\n');
        return this;
    }

    private void writePax() {
        if (pax.size() > 0) {
            byte[] body = pax.toByteArray();
            pax.reset();
            entry("pax", 'x', "", body, 0, 0);
        }
    }

    public Tar entry(String name, char type, String link, byte[] content, int major, int minor) {
        return header(name, type, link, content.length, major, minor).content(content);
    }

    /** A header whose size is whatever the test says. */
    public Tar header(String name, char type, String link, long size, int major, int minor) {
        writePax();
        byte[] header = new byte[512];
        put(header, 0, 100, name);
        put(header, 100, 8, "%07o".formatted(mode));
        put(header, 108, 8, "%07o".formatted(uid));
        put(header, 116, 8, "%07o".formatted(gid));
        put(header, 124, 12, "%011o".formatted(size));
        put(header, 136, 12, "%011o".formatted(mtime));
        put(header, 148, 8, "        ");
        header[156] = (byte) type;
        put(header, 157, 100, link);
        put(header, 257, 6, "ustar");
        put(header, 263, 2, "00");
        put(header, 329, 8, "%07o".formatted(major));
        put(header, 337, 8, "%07o".formatted(minor));
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, 8, "%06o\0 ".formatted(sum));
        out.writeBytes(header);
        return this;
    }

    private Tar content(byte[] content) {
        out.writeBytes(content);
        out.writeBytes(new byte[-content.length & 511]);
        return this;
    }

    /** The archive as it is, without an end. */
    public byte[] unfinished() {
        writePax();
        return out.toByteArray();
    }

    public byte[] bytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(out.toByteArray());
        whole.writeBytes(new byte[1024]);
        return whole.toByteArray();
    }

    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private static void put(byte[] header, int offset, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, offset, Math.min(length, bytes.length));
    }
}
