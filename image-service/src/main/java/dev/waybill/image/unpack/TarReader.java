package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive entry by entry: ustar, PAX and GNU long names, sparse files, names and attribute values byte for byte. Memory
 * stays bounded whatever the archive says. Not thread-safe.
 */
final class TarReader {

    private static final int BLOCK = 512;

    /** Linux takes attribute values of up to 64 KiB; more than this in one header is an attack. */
    private static final int MAX_EXTENDED_HEADER_BYTES = 1 << 20;

    /** One PAX and two GNU headers are usual, and a global one. */
    private static final int MAX_EXTENDED_HEADERS = 16;

    private static final Pattern TIME = Pattern.compile("-?[0-9]{1,18}(\\.[0-9]{0,30})?");
    private static final long MAX_ID = 0xffff_fffeL;

    private final TarSplit.Recorder in;
    private final byte[] header = new byte[BLOCK];
    private long contentLeft;
    private int padding;

    TarReader(TarSplit.Recorder in) {
        this.in = in;
    }

    /** The next entry, or null at the end of the archive. Global PAX headers are skipped, as other engines do. */
    @Nullable
    TarEntry next() throws IOException {
        Extended extended = new Extended();
        for (int headers = 0; headers < MAX_EXTENDED_HEADERS; headers++) {
            skipContent();
            if (!readHeader()) {
                if (!extended.isEmpty()) {
                    throw new HostileLayerException("layer archive: ends after an extended header");
                }
                return null;
            }
            char type = (char) (header[156] & 0xff);
            long size = number(124, 12, "size");
            switch (type) {
                case 'x' -> extended.pax = PaxRecords.parse(extended(size));
                case 'g' -> begin(size);
                case 'L' -> extended.name = untilZero(extended(size));
                case 'K' -> extended.link = untilZero(extended(size));
                default -> {
                    return entry(type, size, extended);
                }
            }
        }
        throw new HostileLayerException(
                "layer archive: more than " + MAX_EXTENDED_HEADERS + " extended headers before an entry");
    }

    /** What the headers before an entry say of it. */
    private static final class Extended {
        private @Nullable PaxRecords pax;
        private @Nullable String name;
        private @Nullable String link;

        boolean isEmpty() {
            return pax == null && name == null && link == null;
        }

        long number(String key, long otherwise) throws HostileLayerException {
            return pax == null ? otherwise : paxNumber(pax, key, otherwise);
        }

        String text(String key, String otherwise) {
            return pax == null ? otherwise : orElse(pax.get(key), otherwise);
        }
    }

    /** Says that the content, of which nothing was read yet, goes to a file as it is. */
    void contentGoesTo(EntryPath path) throws IOException {
        in.content(path.toString(), contentLeft);
    }

    /** Reads at most so many bytes of the current entry's content; -1 at its end. */
    int read(byte[] buffer, long most) throws IOException {
        if (contentLeft == 0) {
            return -1;
        }
        int count = in.read(buffer, 0, (int) Math.min(Math.min(buffer.length, most), contentLeft));
        if (count < 0) {
            throw new HostileLayerException("layer archive: ends within an entry");
        }
        contentLeft -= count;
        return count;
    }

    private TarEntry entry(char type, long headerSize, Extended extended) throws IOException {
        boolean file = type == '0' || type == '\0' || type == '7' || type == 'S';
        begin(file ? extended.number("size", headerSize) : 0);
        String name = extended.text("path", orElse(extended.name, ustarName()));
        long uid = id(name, extended.number("uid", number(108, 8, "uid")));
        long gid = id(name, extended.number("gid", number(116, 8, "gid")));
        BigDecimal time = paxTime(extended.text("mtime", ""));
        long seconds = time == null ? number(136, 12, "mtime") : floor(time).longValue();
        int nanos =
                time == null ? 0 : time.subtract(floor(time)).movePointRight(9).intValue();
        boolean device = type == '3' || type == '4';
        int mode = (int) number(100, 8, "mode") & 07777;
        long major = device ? number(329, 8, "devmajor") : 0;
        long minor = device ? number(337, 8, "devminor") : 0;
        String link = extended.text("linkpath", orElse(extended.link, field(157, 100)));
        TarEntry.Sparse sparse = file ? sparse(type, extended.pax) : null;
        if (sparse != null) {
            name = extended.text("GNU.sparse.name", name);
            sparse.check(name, contentLeft);
        }
        Map<String, byte[]> xattrs = extended.pax == null ? Map.of() : extended.pax.xattrs();
        return new TarEntry(
                name,
                file && name.endsWith("/") ? '5' : type,
                link,
                contentLeft,
                mode,
                uid,
                gid,
                seconds,
                nanos,
                major,
                minor,
                xattrs,
                sparse);
    }

    private static long id(String name, long id) throws HostileLayerException {
        if (id < 0 || id > MAX_ID) {
            throw new HostileLayerException(name, "owner " + id + " is out of range");
        }
        return id;
    }

    private TarEntry.@Nullable Sparse sparse(char type, @Nullable PaxRecords pax) throws IOException {
        if (type == 'S') {
            // the map's blocks come before the content and are not part of its size
            return SparseMaps.old(header, this::block);
        }
        if (pax == null) {
            return null;
        }
        return SparseMaps.isInData(pax) ? SparseMaps.inData(pax, this::contentBlock) : SparseMaps.inRecords(pax);
    }

    private byte[] block() throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length < BLOCK) {
            throw new HostileLayerException("layer archive: ends within a sparse map");
        }
        return block;
    }

    private byte[] contentBlock() throws IOException {
        if (contentLeft < BLOCK) {
            throw new HostileLayerException("layer archive: a sparse map is longer than its entry");
        }
        contentLeft -= BLOCK;
        return block();
    }

    private static BigDecimal floor(BigDecimal time) {
        return time.setScale(0, RoundingMode.FLOOR);
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
        return TarNumbers.text(header, offset, length);
    }

    private long number(int offset, int length, String field) throws HostileLayerException {
        return TarNumbers.of(header, offset, length, field);
    }

    private static long paxNumber(PaxRecords pax, String key, long otherwise) throws HostileLayerException {
        String text = pax.get(key);
        if (text == null) {
            return otherwise;
        }
        return TarNumbers.decimal(text, "PAX " + key);
    }

    private static @Nullable BigDecimal paxTime(String text) throws HostileLayerException {
        if (text.isEmpty()) {
            return null;
        }
        if (!TIME.matcher(text).matches()) {
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
