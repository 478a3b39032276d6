package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive entry by entry: ustar, PAX and GNU long names, names and attribute values byte for byte. Memory
 * stays bounded whatever the archive says. Not thread-safe.
 */
final class TarReader {

    private static final int BLOCK = 512;

    /** Linux takes attribute values of up to 64 KiB; more than this in one header is an attack. */
    private static final int MAX_EXTENDED_HEADER_BYTES = 1 << 20;

    private static final long MAX_ID = 0xffff_fffeL;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private long contentLeft;
    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** The next entry, or null at the end of the archive. */
    @Nullable
    TarEntry next() throws IOException {
        PaxRecords pax = null;
        String longName = null;
        String longLink = null;
        while (true) {
            skipContent();
            if (!readHeader()) {
                if (pax != null || longName != null || longLink != null) {
                    throw new HostileLayerException("layer archive: ends after an extended header");
                }
                return null;
            }
            char type = (char) (header[156] & 0xff);
            long size = number(124, 12, "size");
            switch (type) {
                case 'x' -> pax = PaxRecords.parse(extended(size));
                case 'g' -> begin(size);
                case 'L' -> longName = untilZero(extended(size));
                case 'K' -> longLink = untilZero(extended(size));
                default -> {
                    return entry(type, size, pax, longName, longLink);
                }
            }
        }
    }

    /** Reads content of the current entry; -1 at its end. */
    int read(byte[] buffer) throws IOException {
        if (contentLeft == 0) {
            return -1;
        }
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, contentLeft));
        if (count < 0) {
            throw new HostileLayerException("layer archive: ends within an entry");
        }
        contentLeft -= count;
        return count;
    }

    private TarEntry entry(
            char type, long headerSize, @Nullable PaxRecords pax, @Nullable String longName, @Nullable String longLink)
            throws IOException {
        String name = longName != null ? longName : ustarName();
        String link = longLink != null ? longLink : field(157, 100);
        long size = headerSize;
        long uid = number(108, 8, "uid");
        long gid = number(116, 8, "gid");
        long seconds = number(136, 12, "mtime");
        int nanos = 0;
        Map<String, byte[]> xattrs = Map.of();
        if (pax != null) {
            name = orElse(pax.get("path"), name);
            link = orElse(pax.get("linkpath"), link);
            size = paxNumber(pax, "size", size);
            uid = paxNumber(pax, "uid", uid);
            gid = paxNumber(pax, "gid", gid);
            String mtime = pax.get("mtime");
            if (mtime != null) {
                BigDecimal time = paxTime(mtime);
                BigDecimal whole = time.setScale(0, RoundingMode.FLOOR);
                seconds = whole.longValue();
                nanos = time.subtract(whole).movePointRight(9).intValue();
            }
            xattrs = pax.xattrs();
            if (pax.hasSparse()) {
                throw new HostileLayerException(name, "sparse files are not supported");
            }
        }
        if (uid < 0 || uid > MAX_ID || gid < 0 || gid > MAX_ID) {
            throw new HostileLayerException(name, "owner " + uid + ":" + gid + " is out of range");
        }
        boolean file = type == '0' || type == '\0' || type == '7';
        boolean directory = file && name.endsWith("/");
        begin(file ? size : 0);
        return new TarEntry(
                name,
                directory ? '5' : type,
                link,
                contentLeft,
                (int) number(100, 8, "mode") & 07777,
                uid,
                gid,
                seconds,
                nanos,
                type == '3' || type == '4' ? number(329, 8, "devmajor") : 0,
                type == '3' || type == '4' ? number(337, 8, "devminor") : 0,
                xattrs);
    }

    private void begin(long size) throws HostileLayerException {
        if (size < 0) {
            throw new HostileLayerException("layer archive: an entry has the size " + size);
        }
        contentLeft = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    private void skipContent() throws IOException {
        try {
            in.skipNBytes(contentLeft);
            in.skipNBytes(padding);
        } catch (java.io.EOFException e) {
            throw new HostileLayerException("layer archive: ends within an entry");
        }
        contentLeft = 0;
        padding = 0;
    }

    private byte[] extended(long size) throws IOException {
        if (size < 0 || size > MAX_EXTENDED_HEADER_BYTES) {
            throw new HostileLayerException("layer archive: an extended header of " + size + " bytes");
        }
        begin(size);
        byte[] body = in.readNBytes((int) size);
        if (body.length < size) {
            throw new HostileLayerException("layer archive: ends within an extended header");
        }
        contentLeft = 0;
        return body;
    }

    /** False at the end: a zero block, or no more bytes. */
    private boolean readHeader() throws IOException {
        int count = in.readNBytes(header, 0, BLOCK);
        if (count == 0) {
            return false;
        }
        if (count < BLOCK) {
            throw new HostileLayerException("layer archive: ends within a header");
        }
        long sum = 8 * ' ';
        boolean zero = true;
        for (int i = 0; i < BLOCK; i++) {
            zero &= header[i] == 0;
            sum += i >= 148 && i < 156 ? 0 : header[i] & 0xff;
        }
        if (zero) {
            return false;
        }
        if (sum != number(148, 8, "checksum")) {
            throw new HostileLayerException("layer archive: a header's checksum is wrong");
        }
        return true;
    }

    private String ustarName() {
        String name = field(0, 100);
        boolean posix = field(257, 6).equals("ustar");
        String prefix = posix ? field(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String field(int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, Linux.NAME_BYTES);
    }

    /** Octal text, or GNU's binary form when the first bit is set. */
    private long number(int offset, int length, String field) throws HostileLayerException {
        if ((header[offset] & 0x80) != 0) {
            return binary(offset, length, field);
        }
        String text = field(offset, length).strip();
        try {
            return text.isEmpty() ? 0 : Long.parseUnsignedLong(text, 8);
        } catch (NumberFormatException e) {
            throw new HostileLayerException("layer archive: a header's " + field + " is no octal number");
        }
    }

    private long binary(int offset, int length, String field) throws HostileLayerException {
        boolean negative = (header[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int octet = header[offset + i] & 0xff;
            if (i == 0) {
                octet = negative ? octet : octet & 0x7f;
            }
            if (i < length - 8 && octet != (negative ? 0xff : 0)) {
                throw new HostileLayerException("layer archive: a header's " + field + " is out of range");
            }
            value = (value << 8) | octet;
        }
        return value;
    }

    private static long paxNumber(PaxRecords pax, String key, long otherwise) throws HostileLayerException {
        String text = pax.get(key);
        if (text == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new HostileLayerException("layer archive: PAX " + key + " is no number");
        }
    }

    private static BigDecimal paxTime(String text) throws HostileLayerException {
        if (!text.matches("-?[0-9]{1,18}(\\.[0-9]{0,30})?")) {
            throw new HostileLayerException("layer archive: PAX mtime is no time");
        }
        return new BigDecimal(text);
    }

    private static String untilZero(byte[] body) {
        String text = new String(body, Linux.NAME_BYTES);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
