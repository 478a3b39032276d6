package dev.waybill.gateway.examination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.gateway.kinds.Examiner;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.Examination;
import dev.waybill.gateway.state.Examination.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ExaminationsTest {
    private final Rules rules = new Rules();
    private Examinations examinations = new Examinations(1);

    /** Rules that take until they are let go, and tell of what they were held against. */
    private static final class Rules implements Examiner {
        private final CountDownLatch letGo = new CountDownLatch(1);
        private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        private final AtomicInteger atOnce = new AtomicInteger();
        private final AtomicInteger mostAtOnce = new AtomicInteger();

        @Override
        public boolean isQuick() {
            return false;
        }

        @Override
        public List<FieldError> examine(JsonNode object, @Nullable JsonNode old) {
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            seen.add(Json.text(object, "is"));
            try {
                letGo.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                atOnce.decrementAndGet();
            }
            if (Json.text(object, "is").equals("too deep")) {
                throw new StackOverflowError();
            }
            return List.of(FieldError.required(Json.text(object, "is"), ""));
        }
    }

    @AfterEach
    void end() {
        rules.letGo.countDown();
        examinations.close();
    }

    private Examination of(String what) {
        return Examination.of(rules, Json.object().put("is", what), null);
    }

    private CompletableFuture<Verdict> offer(String user, String what) {
        return Objects.requireNonNull(examinations.offer(user, of(what)), what);
    }

    @Test
    void usersHaveTheirTurns() {
        List<CompletableFuture<Verdict>> all = new ArrayList<>();
        all.add(offer("a", "a1"));
        while (rules.seen.isEmpty()) {
            Thread.onSpinWait();
        }
        for (String what : List.of("a2", "a3", "b1", "b2", "c1")) {
            all.add(offer(what.substring(0, 1), what));
        }
        rules.letGo.countDown();
        all.forEach(CompletableFuture::join);
        assertThat(rules.seen).containsExactly("a1", "a2", "b1", "c1", "a3", "b2");
        assertThat(all.get(3).join().findings()).containsExactly(FieldError.required("b1", ""));
    }

    @Test
    void noMoreAreExaminedAtOnceThanThereAreThreads() {
        examinations.close();
        examinations = new Examinations(2);
        List<CompletableFuture<Verdict>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(offer("user" + i, "o" + i));
        }
        while (rules.seen.size() < 2) {
            Thread.onSpinWait();
        }
        rules.letGo.countDown();
        all.forEach(CompletableFuture::join);
        assertThat(rules.mostAtOnce).hasValue(2);
    }

    @Test
    void whatWaitsIsBoundedForEachAndForAll() {
        String large = "x".repeat(900_000);
        int waiting = 0;
        while (examinations.offer("greedy", of(large)) != null) {
            waiting++;
        }
        assertThat(waiting).isBetween(4, 5); // the first may be examined by now
        assertThat(examinations.offer("modest", of("small"))).isNotNull();
        waiting = 0;
        while (examinations.offer("modest", of("small")) != null) {
            waiting++;
        }
        assertThat(waiting).as("small ones are bounded in number").isLessThan(100);
        for (int user = 0; user < 10; user++) {
            String name = "user" + user;
            while (examinations.offer(name, of(large)) != null) {
                waiting++;
            }
        }
        assertThat(waiting).isLessThan(100 + 16);
        assertThat(examinations.offer("late", of(large))).isNull();
    }

    @Test
    void whoHasLeftIsPassedOver() {
        offer("a", "first");
        while (rules.seen.isEmpty()) {
            Thread.onSpinWait();
        }
        offer("a", "left").cancel(false);
        CompletableFuture<Verdict> last = offer("a", "last");
        rules.letGo.countDown();
        last.join();
        assertThat(rules.seen).containsExactly("first", "last");
    }

    @Test
    void anExaminationThatFailsIsToldAndTheNextIsDone() {
        rules.letGo.countDown();
        assertThatThrownBy(offer("a", "too deep")::join).hasCauseInstanceOf(StackOverflowError.class);
        assertThat(offer("a", "flat").join().findings()).hasSize(1);
    }

    @Test
    void whatWaitsWhenAllEndsComesToNothing() {
        offer("a", "under way");
        while (rules.seen.isEmpty()) {
            Thread.onSpinWait();
        }
        CompletableFuture<Verdict> waiting = offer("a", "waiting");
        examinations.close();
        assertThat(waiting).isCancelled();
        assertThat(examinations.offer("a", of("late"))).isNull();
    }
}
