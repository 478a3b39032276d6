package dev.waybill.image.unpack;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the records of a layer in the order in which its entries were written. One thread. */
public final class LayerRecords implements AutoCloseable {

    private final DataInputStream in;

    private LayerRecords(DataInputStream in) {
        this.in = in;
    }

    public static LayerRecords open(Path file) throws IOException {
        return new LayerRecords(new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 64 << 10)));
    }

    /** The next record, null at the end. */
    public @Nullable LayerRecord next() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return null;
        }
        in.reset();
        return LayerRecord.read(in);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
