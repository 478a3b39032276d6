package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ChangeHistoryTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    private final int each = change(1).object().length();
    private final ChangeHistory history = new ChangeHistory(3L * each);

    @Test
    void itReachesBackAsFarAsItsTextMay() throws Exception {
        for (int revision = 1; revision <= 5; revision++) {
            history.add(List.of(change(revision)));
        }
        assertThat(history.since(2)).extracting(ResourceDelta::revision).containsExactly(3L, 4L, 5L);
        assertThat(history.since(4)).extracting(ResourceDelta::revision).containsExactly(5L);
        assertThat(history.since(9)).isEmpty();
        assertThatThrownBy(() -> history.since(1)).isInstanceOf(RevisionGoneException.class);
    }

    @Test
    void imagesOfPagesGoWithTheChangesSinceThem() {
        ResourceImage image = ResourceImage.EMPTY;
        for (int revision = 1; revision <= 3; revision++) {
            ResourceDelta change = change(revision);
            history.add(List.of(change));
            image = image.with(change);
            history.pin(image);
        }
        assertThat(history.pinned(1)).isNotNull();
        history.add(List.of(change(4), change(5)));
        assertThat(history.pinned(1)).isNull();
        assertThat(Objects.requireNonNull(history.pinned(2)).revision()).isEqualTo(2);
        assertThat(history.pinned(4)).isNull();
    }

    @Test
    void whatIsTooOldIsForgotten() throws Exception {
        history.add(List.of(change(1), change(2), change(3)));
        history.forgetBefore(START.plusSeconds(3));
        assertThat(history.since(2)).extracting(ResourceDelta::revision).containsExactly(3L);
        assertThatThrownBy(() -> history.since(1)).isInstanceOf(RevisionGoneException.class);
    }

    private static ResourceDelta change(long revision) {
        ResourceKey key = new ResourceKey("", "configmaps", "default", "c" + revision);
        ObjectNode object = (ObjectNode) Json.parse("{\"metadata\":{\"name\":\"c\",\"uid\":\"u" + revision + "\"}}");
        StoredObject stored = StoredObject.ofTree(
                key, Objects.requireNonNull(Kinds.standard().byResource("", "configmaps")), revision, object);
        return new ResourceDelta(ResourceDelta.Change.ADDED, stored, null, START.plusSeconds(revision), "");
    }
}
