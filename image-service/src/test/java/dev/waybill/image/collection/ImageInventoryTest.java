package dev.waybill.image.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.StoredImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageInventoryTest {

    private static final Digest BASE = digest("base");
    private static final Digest ONE = digest("one");
    private static final Digest TWO = digest("two");
    private static final StoredImage FIRST = image("first", BASE, ONE);
    private static final StoredImage SECOND = image("second", BASE, TWO);
    private static final ImageInventory BOTH =
            new ImageInventory(List.of(FIRST, SECOND), Map.of(), Map.of(BASE, 100L, ONE, 10L, TWO, 1L));

    @Test
    void whatIsSharedWithAnImageThatStaysIsNotFreed() {
        ImageInventory later = new ImageInventory(List.of(SECOND), Map.of(), Map.of(BASE, 100L, TWO, 1L));
        assertThat(BOTH.goneIn(later)).isEqualTo(Map.of(FIRST, 10L));
        assertThat(BOTH.goneIn(BOTH)).isEmpty();
    }

    @Test
    void whatTwoSharedThatGoTogetherIsFreedOnce() {
        assertThat(BOTH.goneIn(ImageInventory.EMPTY)).isEqualTo(Map.of(FIRST, 110L, SECOND, 1L));
    }

    @Test
    void aLayerThatOccursTwiceIsFreedOnce() {
        StoredImage twice = image("twice", ONE, ONE);
        ImageInventory before = new ImageInventory(List.of(twice), Map.of(), Map.of(ONE, 10L));
        assertThat(before.goneIn(ImageInventory.EMPTY)).isEqualTo(Map.of(twice, 10L));
    }

    private static StoredImage image(String name, Digest... layers) {
        return new StoredImage(digest(name), Map.of(), List.of(layers), 0, "", 0);
    }

    private static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
