package dev.waybill.quota.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.quota.pool.redis.RedisQuotaLedger;
import dev.waybill.runtime.TraceContext;
import io.lettuce.core.RedisURI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger against a real Redis, alone and under the keeper. */
class RedisQuotaLedgerIT {
    private static final Amounts CAPACITY = new Amounts(1_000, 1 << 20, 2);
    private static final Amounts POD = new Amounts(400, 1 << 18, 1);

    @TempDir
    Path directory;

    @Test
    void reservesOnceRefusesWhatDoesNotFitAndReleases() {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory);
                RedisQuotaLedger ledger = ledger(redis)) {
            assertThat(ledger.intact("p")).isFalse();
            ledger.rebuild("p", Map.of());
            assertThat(ledger.intact("p")).isTrue();
            assertThat(ledger.reserve("p", "a", POD, CAPACITY)).isEqualTo(new QuotaLedger.Attempt(true, POD));
            assertThat(ledger.reserve("p", "a", POD, CAPACITY)).isEqualTo(new QuotaLedger.Attempt(true, POD));
            assertThat(ledger.reserve("p", "b", POD, CAPACITY).used()).isEqualTo(new Amounts(800, 1 << 19, 2));
            assertThat(ledger.reserve("p", "c", POD, CAPACITY).reserved()).isFalse();
            assertThat(ledger.release("p", "a")).isEqualTo(POD);
            assertThat(ledger.release("p", "a")).isEqualTo(POD);
            assertThat(ledger.reserve("p", "c", POD, CAPACITY).reserved()).isTrue();
        }
    }

    @Test
    void aPodThatRequestsNothingIsReleasedToo() {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory);
                RedisQuotaLedger ledger = ledger(redis)) {
            ledger.rebuild("p", Map.of());
            ledger.reserve("p", "a", new Amounts(0, 0, 1), CAPACITY);
            assertThat(ledger.release("p", "a")).isEqualTo(Amounts.NONE);
        }
    }

    @Test
    void podsWaitInOrderAndTheLedgerComesBackWhenRedisLostIt() {
        List<String> said = new ArrayList<>();
        try (EmbeddedRedis first = EmbeddedRedis.start(directory);
                RedisQuotaLedger ledger = ledger(first)) {
            PoolKeeper keeper = new PoolKeeper(ledger, recorder(said));
            keeper.replayPool(new PoolKeeper.Pool("p", CAPACITY, List.of("shop")), false);
            for (String uid : List.of("a", "b", "c", "d")) {
                keeper.replayPod(pod(uid, true, true), false);
            }
            keeper.rebuild();
            keeper.settle();
            assertThat(said).containsExactly("reserved a", "reserved b", "waiting c 1", "waiting d 2");
            ledger.rebuild("p", Map.of()); // what a Redis that lost everything amounts to, but for the mark
            assertThat(keeper.drift()).containsKey("p");
            said.clear();
            keeper.replayPod(pod("a", false, true), false);
            keeper.replayPod(pod("b", false, true), false);
            keeper.rebuild();
            assertThat(keeper.drift()).isEmpty();
            keeper.replayPod(pod("a", false, false), false);
            keeper.settle();
            assertThat(said).containsExactly("released a", "reserved c", "waiting d 1");
        }
    }

    @Test
    void roomThatTheWriterDoesNotConfirmIsTakenBackAndGivenAgain() {
        List<String> said = new ArrayList<>();
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory);
                RedisQuotaLedger ledger = ledger(redis)) {
            PoolKeeper keeper = new PoolKeeper(ledger, recorder(said));
            keeper.replayPool(new PoolKeeper.Pool("p", CAPACITY, List.of("shop")), false);
            keeper.replayPod(pod("a", true, true), false);
            keeper.replayPod(pod("b", true, true), false);
            keeper.rebuild();
            keeper.settle();
            keeper.replayPod(pod("b", false, true), false);
            said.clear();
            keeper.recall();
            keeper.settle();
            assertThat(said).isEmpty();
            keeper.recall();
            keeper.settle();
            assertThat(said).containsExactly("reserved a");
            assertThat(keeper.drift()).isEmpty();
        }
    }

    private static RedisQuotaLedger ledger(EmbeddedRedis redis) {
        return new RedisQuotaLedger(RedisURI.create(redis.url()));
    }

    private static PoolKeeper.Pod pod(String uid, boolean gated, boolean live) {
        return new PoolKeeper.Pod(uid, "shop", uid, uid, POD, gated, live, TraceContext.NONE);
    }

    private static PoolKeeper.Outcomes recorder(List<String> said) {
        return new PoolKeeper.Outcomes() {
            @Override
            public void reserved(PoolKeeper.Pool pool, PoolKeeper.Pod pod, Amounts used) {
                said.add("reserved " + pod.uid());
            }

            @Override
            public void released(PoolKeeper.Pool pool, PoolKeeper.Pod pod, Amounts used) {
                said.add("released " + pod.uid());
            }

            @Override
            public void waiting(PoolKeeper.Pool pool, PoolKeeper.Pod pod, Amounts used, int position, String message) {
                said.add("waiting " + pod.uid() + " " + position);
            }

            @Override
            public void thresholdCrossed(
                    PoolKeeper.Pool pool, String resource, int percent, boolean above, long used, long capacity) {}
        };
    }
}
