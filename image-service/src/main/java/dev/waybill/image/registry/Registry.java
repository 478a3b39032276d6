package dev.waybill.image.registry;

import dev.waybill.image.reference.ImageReference;
import java.io.IOException;
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

    /**
     * A blob, or a part of it if the registry knows ranges. What breaks off is asked for again from where it stopped;
     * it ends where the blob must end. Not verified: the reader does that.
     */
    BlobStream blob(ImageReference reference, Descriptor blob, ByteRange range) throws IOException;

    /** The same images without their mirrors. */
    Registry withoutMirrors();
}
