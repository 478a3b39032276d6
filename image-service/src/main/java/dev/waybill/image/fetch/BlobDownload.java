package dev.waybill.image.fetch;

import java.io.InputStream;

/** A blob on its way, for one reader; another thread may abort it. */
public interface BlobDownload extends AutoCloseable {

    /** The whole blob from its first byte, not verified. */
    InputStream stream();

    /** Nothing of it need be kept for another attempt, since it was read whole or is wrong. */
    void forget();

    /** Ends a read of another thread. */
    void abort();

    @Override
    void close();
}
