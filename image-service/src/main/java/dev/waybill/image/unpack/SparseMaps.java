package dev.waybill.image.unpack;

import dev.waybill.image.unpack.TarEntry.Extent;
import dev.waybill.image.unpack.TarEntry.Sparse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sparse files of GNU tar (its manual, "Storing Sparse Files"): the old format of type S, and 0.0, 0.1 and 1.0 in
 * PAX records. Stateless.
 */
final class SparseMaps {

    private static final int BLOCK = 512;
    private static final int NUMBER = 12;
    private static final int OLD_MAP = 386;
    private static final int OLD_MAP_LENGTH = 4;
    private static final int OLD_EXTENDED = 482;
    private static final int OLD_REAL_SIZE = 483;
    private static final int EXTENSION_LENGTH = 21;
    private static final int EXTENSION_EXTENDED = 504;

    private SparseMaps() {}

    /** Gives the next block of the entry's data. */
    interface Blocks {
        byte[] next() throws IOException;
    }

    /** The map in a header of type S, and in the blocks that follow it. */
    static Sparse old(byte[] header, Blocks blocks) throws IOException {
        List<Extent> data = new ArrayList<>();
        oldEntries(header, OLD_MAP, OLD_MAP_LENGTH, data);
        boolean more = header[OLD_EXTENDED] != 0;
        while (more) {
            byte[] extension = blocks.next();
            oldEntries(extension, 0, EXTENSION_LENGTH, data);
            more = extension[EXTENSION_EXTENDED] != 0;
        }
        return new Sparse(TarNumbers.of(header, OLD_REAL_SIZE, NUMBER, "real size"), data);
    }

    private static void oldEntries(byte[] block, int from, int count, List<Extent> data) throws HostileLayerException {
        for (int i = 0; i < count; i++) {
            int at = from + i * 2 * NUMBER;
            if (block[at] != 0 || block[at + NUMBER] != 0) {
                add(
                        data,
                        TarNumbers.of(block, at, NUMBER, "sparse offset"),
                        TarNumbers.of(block, at + NUMBER, NUMBER, "sparse length"));
            }
        }
    }

    /** The map in PAX records; null when the file is not sparse, or its map is in its data. */
    static @Nullable Sparse inRecords(PaxRecords pax) throws HostileLayerException {
        List<String> numbers = pax.sparseNumbers();
        String size = pax.get("GNU.sparse.size");
        if (size == null) {
            if (pax.get("GNU.sparse.major") != null) {
                throw new HostileLayerException("layer archive: a sparse file of a format that is not known");
            }
            return null;
        }
        List<Extent> data = new ArrayList<>();
        if (numbers.size() == 1 && numbers.getFirst().isEmpty()) {
            return new Sparse(number(size), data);
        }
        if (numbers.size() % 2 != 0) {
            throw new HostileLayerException("layer archive: a sparse map ends within a pair");
        }
        for (int i = 0; i < numbers.size(); i += 2) {
            add(data, number(numbers.get(i)), number(numbers.get(i + 1)));
        }
        return new Sparse(number(size), data);
    }

    /** Whether the map is in the data, as format 1.0 has it. */
    static boolean isInData(PaxRecords pax) {
        return "1".equals(pax.get("GNU.sparse.major")) && "0".equals(pax.get("GNU.sparse.minor"));
    }

    /** The map at the beginning of the data: decimal numbers, a line each, filled up to a whole block. */
    static Sparse inData(PaxRecords pax, Blocks blocks) throws IOException {
        String realSize = pax.get("GNU.sparse.realsize");
        if (realSize == null) {
            throw new HostileLayerException("layer archive: a sparse file without GNU.sparse.realsize");
        }
        Lines lines = new Lines(blocks);
        long count = number(lines.next());
        List<Extent> data = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            add(data, number(lines.next()), number(lines.next()));
        }
        return new Sparse(number(realSize), data);
    }

    private static final class Lines {
        private final Blocks blocks;
        private byte[] block = {};
        private int at;

        Lines(Blocks blocks) {
            this.blocks = blocks;
        }

        String next() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                if (at == block.length) {
                    block = blocks.next();
                    at = 0;
                }
                char c = (char) (block[at++] & 0xff);
                if (c == '\n') {
                    return line.toString();
                }
                if (line.length() == BLOCK) {
                    throw new HostileLayerException("layer archive: a sparse map is no list of numbers");
                }
                line.append(c);
            }
        }
    }

    private static void add(List<Extent> data, long offset, long length) throws HostileLayerException {
        if (data.size() == Sparse.MAX_EXTENTS) {
            throw new HostileLayerException(
                    "layer archive: a sparse file of more than " + Sparse.MAX_EXTENTS + " parts");
        }
        data.add(new Extent(offset, length));
    }

    private static long number(String text) throws HostileLayerException {
        return TarNumbers.decimal(text, "sparse map");
    }
}
