package dev.waybill.image.unpack;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.waybill.image.kernel.IsaL;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * How a layer blob is compressed, told by its first bytes as other engines do, since media types are often wrong about
 * it. eStargz is gzip of many members, zstd:chunked is zstd with skippable frames.
 */
enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER_BYTES = 64 << 10;

    /** zstd's own limit of a decoder, 128 MiB; a frame that asks for a larger window is refused. */
    private static final int MAX_WINDOW_LOG = 27;

    /** Looks at the first bytes and leaves them in the stream. */
    static Compression of(BufferedInputStream in) throws IOException {
        in.mark(4);
        byte[] magic = in.readNBytes(4);
        in.reset();
        if (magic.length >= 2 && at(magic, 0) == 0x1f && at(magic, 1) == 0x8b) {
            return GZIP;
        }
        if (magic.length < 4 || at(magic, 1) != (at(magic, 0) == 0x28 ? 0xb5 : 0x2a)) {
            return NONE;
        }
        // RFC 8878, 3.1.1 and 3.1.2: a frame, or a skippable one before it
        boolean frame = at(magic, 0) == 0x28 && at(magic, 2) == 0x2f && at(magic, 3) == 0xfd;
        boolean skippable = (at(magic, 0) & 0xf0) == 0x50 && at(magic, 2) == 0x4d && at(magic, 3) == 0x18;
        return frame || skippable ? ZSTD : NONE;
    }

    private static int at(byte[] bytes, int index) {
        return bytes[index] & 0xff;
    }

    /** The uncompressed stream; to be read and closed by the calling thread. */
    static InputStream open(InputStream blob) throws IOException {
        BufferedInputStream in = new BufferedInputStream(blob, BUFFER_BYTES);
        return switch (of(in)) {
            case NONE -> in;
            case GZIP -> gzip(in);
            case ZSTD -> {
                ZstdInputStreamNoFinalizer zstd = new ZstdInputStreamNoFinalizer(in);
                zstd.setLongMax(MAX_WINDOW_LOG);
                yield zstd;
            }
        };
    }

    private static InputStream gzip(InputStream in) throws IOException {
        if (IsaL.available()) {
            return new GzipMembers(in);
        }
        return GzipCompressorInputStream.builder()
                .setInputStream(in)
                .setDecompressConcatenated(true)
                .get();
    }
}
