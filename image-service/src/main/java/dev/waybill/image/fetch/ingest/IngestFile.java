package dev.waybill.image.fetch.ingest;

import dev.waybill.image.registry.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * A blob that is not whole yet, and a journal of its segments that are: a header of size and segment size, then a byte
 * for each. Nothing here is trusted before the blob's digest was verified, so nothing is synced. Thread-safe for writers
 * of different segments.
 */
final class IngestFile {

    private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

    private final Path data;
    private final Path journal;
    private final FileChannel dataChannel;
    private final FileChannel journalChannel;
    private final int segmentBytes;
    private final long sizeBytes;
    private final BitSet present = new BitSet();

    IngestFile(Path directory, Descriptor blob, int segmentBytes) throws IOException {
        this.data = directory.resolve(blob.digest().hex());
        this.journal = journalOf(data);
        this.segmentBytes = segmentBytes;
        this.sizeBytes = blob.sizeBytes();
        this.dataChannel = open(data);
        try {
            this.journalChannel = open(journal);
        } catch (IOException e) {
            dataChannel.close();
            throw e;
        }
        try {
            readJournal();
        } catch (IOException e) {
            close(false);
            throw e;
        }
    }

    static Path journalOf(Path data) {
        return data.resolveSibling(data.getFileName() + ".segments");
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void readJournal() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(HEADER_BYTES + segments());
        while (read.hasRemaining() && journalChannel.read(read, read.position()) > 0) {
            // a short file is read to its end
        }
        read.flip();
        boolean mine = read.remaining() >= HEADER_BYTES
                && read.getLong() == sizeBytes
                && read.getInt() == segmentBytes
                && dataChannel.size() <= sizeBytes;
        if (mine) {
            for (int i = 0; read.hasRemaining(); i++) {
                present.set(i, read.get() == 1);
            }
            return;
        }
        dataChannel.truncate(0);
        journalChannel.truncate(0);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).putLong(sizeBytes).putInt(segmentBytes);
        journalChannel.write(header.flip(), 0);
    }

    int segments() {
        return Math.toIntExact((sizeBytes + segmentBytes - 1) / segmentBytes);
    }

    long from(int segment) {
        return (long) segment * segmentBytes;
    }

    long end(int segment) {
        return Math.min(from(segment) + segmentBytes, sizeBytes);
    }

    int segmentOf(long position) {
        return (int) (position / segmentBytes);
    }

    boolean wasPresent(int segment) {
        return present.get(segment);
    }

    void write(byte[] bytes, int length, long position) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        while (buffer.hasRemaining()) {
            dataChannel.write(buffer, position + buffer.position());
        }
    }

    int read(byte[] bytes, int offset, int length, long position) throws IOException {
        return dataChannel.read(ByteBuffer.wrap(bytes, offset, length), position);
    }

    void finished(int segment) throws IOException {
        journalChannel.write(ByteBuffer.wrap(new byte[] {1}), HEADER_BYTES + (long) segment);
    }

    void close(boolean keep) throws IOException {
        try (dataChannel;
                journalChannel) {
            if (!keep) {
                // the journal first: data without one counts for nothing
                Files.deleteIfExists(journal);
                Files.deleteIfExists(data);
            }
        }
    }
}
