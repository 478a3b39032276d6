package dev.waybill.image.registry;

import java.io.IOException;
import java.io.InputStream;

/** A blob, or a part of one, as it arrives. For one reader; another thread may abort it. */
public abstract class BlobStream extends InputStream {

    /** Whether a part comes; if not, the whole blob does, since it was asked for or the registry knows no ranges. */
    public abstract boolean ranged();

    /** Ends a read of another thread, for good; the stream must be closed all the same. */
    public abstract void abort();

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] buffer, int offset, int length) throws IOException;
}
