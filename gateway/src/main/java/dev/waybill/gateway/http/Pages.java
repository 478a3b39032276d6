package dev.waybill.gateway.http;

import dev.waybill.gateway.state.ResourceImage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The images that lists in pages still need, so that all pages show one revision. The oldest are let go. Thread-safe. */
final class Pages {
    private static final int KEPT = 64;

    private final Map<Long, ResourceImage> images = new LinkedHashMap<>();

    synchronized void keep(ResourceImage image) {
        images.put(image.revision(), image);
        Iterator<Long> oldest = images.keySet().iterator();
        while (images.size() > KEPT) {
            oldest.next();
            oldest.remove();
        }
    }

    /** The image of a page's revision, or HTTP 410 when it is gone. */
    synchronized ResourceImage at(long revision) {
        ResourceImage image = images.get(revision);
        if (image == null) {
            throw ApiException.of(
                    410,
                    "Expired",
                    "The provided continue parameter is too old to display a consistent list result. You can start a"
                            + " new list without the continue parameter.");
        }
        return image;
    }
}
