package dev.waybill.image.unpack;

import dev.waybill.image.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/** Counts and digests what passes, and ends it at a limit. Not thread-safe. */
final class MeteredInputStream extends FilterInputStream {

    private final MessageDigest digest = Digest.sha256();
    private final long limit;
    private final String what;
    private final LongConsumer onProgress;
    private long count;
    private boolean broken;

    MeteredInputStream(InputStream in, long limit, String what, LongConsumer onProgress) {
        super(in);
        this.limit = limit;
        this.what = what;
        this.onProgress = onProgress;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read;
        try {
            read = in.read(bytes, offset, length);
        } catch (IOException e) {
            broken = true;
            throw e;
        }
        if (read > 0) {
            count += read;
            if (count > limit) {
                throw new HostileLayerException(what + " is longer than " + limit + " bytes");
            }
            digest.update(bytes, offset, read);
            onProgress.accept(count);
        }
        return read;
    }

    /** Skipped bytes are digested too. */
    @Override
    public long skip(long n) throws IOException {
        byte[] skipped = new byte[(int) Math.min(Math.max(n, 0), 16 << 10)];
        int read = skipped.length == 0 ? 0 : read(skipped, 0, skipped.length);
        return Math.max(read, 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    void drain() throws IOException {
        byte[] rest = new byte[16 << 10];
        while (read(rest, 0, rest.length) >= 0) {
            // counting and digesting is all that is left to do
        }
    }

    /** Whether the source itself failed. */
    boolean broken() {
        return broken;
    }

    long count() {
        return count;
    }

    /** The digest of everything that passed; call once, at the end. */
    Digest digest() {
        return Digest.finished(digest);
    }
}
