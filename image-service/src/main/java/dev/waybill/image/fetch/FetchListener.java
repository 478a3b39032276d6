package dev.waybill.image.fetch;

import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import java.time.Duration;

/** Told how the layers of one pull get on, on several threads at once. */
public interface FetchListener {

    /** Bytes of a blob have arrived; called very often. */
    void progressed(Descriptor layer, long doneBytes);

    /** A blob arrived and its digest is right. */
    void downloaded(Descriptor layer, Duration took);

    /** A layer is in the store and its diffID is right. */
    void unpacked(Descriptor layer, Digest diffId, long contentBytes, long entries, Duration took);
}
