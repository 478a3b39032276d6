package dev.waybill.image.registry;

import dev.waybill.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Where images come from; thread-safe, every call blocks for a bounded time. */
public interface Registry {

    /**
     * A manifest or index as it was served; the bytes are never changed.
     *
     * @param body the bytes
     * @param contentType what the registry says they are
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record RawManifest(byte[] body, String contentType) {
        /** The digest of the bytes. */
        public Digest digest() {
            return Digest.of(body);
        }
    }

    /** The digest that a tag names now, if the registry tells without sending the manifest. */
    Optional<Digest> head(ImageReference reference) throws IOException;

    /** The manifest or index of a tag or digest; a digest asked for is verified. */
    RawManifest manifest(ImageReference reference, String tagOrDigest) throws IOException;

    /** A small blob in memory, its digest and size verified. */
    byte[] smallBlob(ImageReference reference, Descriptor blob) throws IOException;

    /** A blob as it arrives, not verified: the reader of the stream does that. */
    InputStream blob(ImageReference reference, Descriptor blob) throws IOException;
}
