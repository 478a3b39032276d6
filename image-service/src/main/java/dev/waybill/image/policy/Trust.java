package dev.waybill.image.policy;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;
import java.io.IOException;
import java.util.List;

/** Whether an image may be used here. Thread-safe; calls block. */
public interface Trust {

    /** Everybody's images may. */
    Trust ANYTHING = new Trust() {
        @Override
        public void admit(ImageReference reference) {}

        @Override
        public void check(Registry registry, ImageReference reference, List<Digest> digests) {}
    };

    /** Refuses what may not be used whoever signed it, before anybody is asked for it. */
    void admit(ImageReference reference) throws IOException;

    /**
     * Refuses an image by an exception that says why.
     *
     * @param digests the manifest that the reference names and, where that is an index, the one chosen from it: what is
     *     said of any of them is said of the image
     */
    void check(Registry registry, ImageReference reference, List<Digest> digests) throws IOException;
}
