package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.pod.IdRange;
import dev.waybill.node.store.NodeStore;
import dev.waybill.node.store.StoredSandbox;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdRangesTest {
    private static final long FIRST = 1 << 30;

    @Test
    void rangesDoNotOverlapAndTheLowestFreeOneIsTaken() {
        IdRange first = IdRanges.lowestFree(FIRST, List.of());
        IdRange second = IdRanges.lowestFree(FIRST, List.of(first));
        assertThat(first).isEqualTo(new IdRange(FIRST, 65_536));
        assertThat(second.first()).isEqualTo(FIRST + 65_536);
        assertThat(second.overlaps(first)).isFalse();
        assertThat(IdRanges.lowestFree(FIRST, List.of(second))).isEqualTo(first);
        assertThatThrownBy(() -> IdRanges.lowestFree((1L << 31) - 65_535, List.of()))
                .hasMessageStartingWith("no more user ids for pods");
    }

    @Test
    void whatWasGivenIsKnownToTheNextAgent(@TempDir Path directory) {
        NodeStore store = new NodeStore(directory);
        IdRange given = new IdRanges(store, FIRST).give("pod-1");
        store.saveSandbox("pod-1", new StoredSandbox("runc", given));
        IdRanges next = new IdRanges(new NodeStore(directory), FIRST);
        assertThat(next.give("pod-2").overlaps(given)).isFalse();
        assertThat(next.give("pod-1")).isEqualTo(given);
        next.release("pod-1");
        assertThat(next.give("pod-3")).isEqualTo(given);
    }
}
