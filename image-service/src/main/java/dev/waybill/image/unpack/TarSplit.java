package dev.waybill.image.unpack;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.waybill.image.kernel.Linux;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Every byte of a layer's archive that is no content of a file, so that the archive can be put together again byte for
 * byte when the image is exported: an archive can't be told from the files that it held. Stateless.
 */
public final class TarSplit {

    private static final int RAW = 'r';
    private static final int FILE = 'f';
    private static final int BUFFER_BYTES = 64 << 10;

    private TarSplit() {}

    /** A part of an archive. */
    sealed interface Part {
        /** Bytes as they are, from the buffer's array, which is used again for the next part. */
        record Raw(ByteBuffer bytes) implements Part {}

        /** The content of a file of the layer. */
        record Content(String path, long length) implements Part {}
    }

    /** Passes an archive on and records it; the reader says which bytes are content of files. One thread. */
    static final class Recorder extends InputStream {
        private final InputStream in;
        private final OutputStream file;
        private final DataOutputStream out;
        private final byte[] raw = new byte[BUFFER_BYTES];
        private int rawLength;
        private long contentLeft;

        Recorder(InputStream in, Path file) throws IOException {
            this.in = in;
            this.file = Files.newOutputStream(file);
            this.out = new DataOutputStream(
                    new BufferedOutputStream(new ZstdOutputStreamNoFinalizer(this.file, 1), BUFFER_BYTES));
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, (int) (contentLeft > 0 ? Math.min(length, contentLeft) : length));
            if (count > 0 && contentLeft > 0) {
                contentLeft -= count;
            } else if (count > 0) {
                record(bytes, offset, count);
            }
            return count;
        }

        private void record(byte[] bytes, int offset, int count) throws IOException {
            int done = 0;
            while (done < count) {
                if (rawLength == raw.length) {
                    flushRaw();
                }
                int part = Math.min(count - done, raw.length - rawLength);
                System.arraycopy(bytes, offset + done, raw, rawLength, part);
                rawLength += part;
                done += part;
            }
        }

        private void flushRaw() throws IOException {
            if (rawLength > 0) {
                out.writeByte(RAW);
                out.writeInt(rawLength);
                out.write(raw, 0, rawLength);
                rawLength = 0;
            }
        }

        /** The next bytes are the content of a file. */
        void content(String path, long length) throws IOException {
            if (length > 0) {
                flushRaw();
                byte[] name = path.getBytes(Linux.NAME_BYTES);
                out.writeByte(FILE);
                out.writeShort(name.length);
                out.write(name);
                out.writeLong(length);
                contentLeft = length;
            }
        }

        /** What follows the archive's end is recorded too. */
        void drain() throws IOException {
            byte[] rest = new byte[BUFFER_BYTES];
            while (read(rest, 0, rest.length) >= 0) {
                // recording is all that is left to do
            }
        }

        /** The compressor leaves its file open when that takes no more bytes. */
        @Override
        public void close() throws IOException {
            try (OutputStream _ = file;
                    DataOutputStream _ = out) {
                flushRaw();
            }
        }
    }

    /** Reads the parts in order. One thread. */
    static final class Parts implements AutoCloseable {
        private final DataInputStream in;
        private final byte[] raw = new byte[BUFFER_BYTES];

        Parts(Path file) throws IOException {
            in = new DataInputStream(
                    new BufferedInputStream(new ZstdInputStreamNoFinalizer(Files.newInputStream(file)), BUFFER_BYTES));
        }

        @Nullable
        Part next() throws IOException {
            int kind = in.read();
            if (kind < 0) {
                return null;
            }
            if (kind == RAW) {
                int length = in.readInt();
                if (length < 0 || length > raw.length) {
                    throw new EOFException("the record of the archive is damaged");
                }
                in.readFully(raw, 0, length);
                return new Part.Raw(ByteBuffer.wrap(raw, 0, length));
            }
            byte[] name = new byte[in.readUnsignedShort()];
            in.readFully(name);
            return new Part.Content(new String(name, Linux.NAME_BYTES), in.readLong());
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
