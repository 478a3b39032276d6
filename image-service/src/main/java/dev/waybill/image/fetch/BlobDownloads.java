package dev.waybill.image.fetch;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.BlobStream;
import dev.waybill.image.registry.ByteRange;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Starts downloads. Thread-safe. */
@FunctionalInterface
public interface BlobDownloads {

    /** Starts one; its first bytes may have arrived already. */
    BlobDownload open(Registry registry, ImageReference image, Descriptor blob) throws IOException;

    /** Straight from the socket, keeping nothing. */
    BlobDownloads STREAMING = (registry, image, blob) -> streaming(registry.blob(image, blob, ByteRange.all(blob)));

    /** A download of what a stream brings. */
    static BlobDownload streaming(BlobStream stream) {
        return new BlobDownload() {
            @Override
            public InputStream stream() {
                return stream;
            }

            @Override
            public void forget() {}

            @Override
            public void abort() {
                stream.abort();
            }

            @Override
            public void close() {
                try {
                    stream.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }
}
