package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.Eventually;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InputQueueTest {
    private final InputQueue queue = new InputQueue();

    @Test
    void whatSomebodyWaitsForGoesFirst() throws Exception {
        Input read = new Input.Portion(List.of(), Map.of());
        Input told = own(null);
        Input asked = own(new CompletableFuture<>());
        Input broken = new Input.Broken(new IllegalStateException());
        List.of(read, told, broken, asked).forEach(queue::add);
        assertThat(all()).containsExactly(asked, read, told, broken);
    }

    @Test
    void whatIsReadIsOvertakenOnlySoOften() throws Exception {
        List<Input> asked = new ArrayList<>();
        for (int i = 0; i < 3 * InputQueue.MOST_OVERTAKING; i++) {
            asked.add(own(new CompletableFuture<>()));
        }
        Input one = new Input.Portion(List.of(), Map.of());
        Input other = new Input.Portion(List.of(), Map.of("topic-0", 1L));
        queue.add(one);
        queue.add(other);
        asked.forEach(queue::add);
        List<Input> taken = all();
        assertThat(taken).hasSize(asked.size() + 2);
        assertThat(taken.indexOf(one)).isEqualTo(InputQueue.MOST_OVERTAKING);
        assertThat(taken.indexOf(other)).isEqualTo(2 * InputQueue.MOST_OVERTAKING + 1);
        taken.removeAll(List.of(one, other));
        assertThat(taken).containsExactlyElementsOf(asked);
    }

    @Test
    void whatCannotWaitIsTakenAlone() throws Exception {
        Input read = new Input.Portion(List.of(), Map.of());
        Input asked = own(new CompletableFuture<>());
        queue.add(read);
        queue.add(asked);
        assertThat(queue.pollUrgent()).isSameAs(asked);
        assertThat(queue.pollUrgent()).isNull();
        assertThat(queue.poll(Duration.ZERO)).isSameAs(read);
    }

    @Test
    void whatIsGivenBackIsTheFirstOfItsKind() throws Exception {
        Input asked = own(new CompletableFuture<>());
        Input told = own(null);
        queue.add(own(new CompletableFuture<>()));
        queue.add(own(null));
        queue.addFirst(told);
        queue.addFirst(asked);
        assertThat(queue.poll(Duration.ZERO)).isSameAs(asked);
        queue.poll(Duration.ZERO);
        assertThat(queue.poll(Duration.ZERO)).isSameAs(told);
    }

    @Test
    void whoeverWaitsIsWokenByEitherKind() throws Exception {
        for (Input input : List.of(own(null), own(new CompletableFuture<>()))) {
            AtomicReference<Input> taken = new AtomicReference<>();
            Thread waits = Thread.ofPlatform().start(() -> {
                try {
                    taken.set(queue.poll(Duration.ofSeconds(30)));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Eventually.holds(() -> waits.getState() == Thread.State.TIMED_WAITING);
            queue.add(input);
            waits.join();
            assertThat(taken.get()).isSameAs(input);
        }
        assertThat(queue.poll(Duration.ofMillis(1))).isNull();
    }

    @Test
    void allOfItCanBeTakenAwayOrAPart() throws Exception {
        Input asked = own(new CompletableFuture<>());
        Input read = new Input.Portion(List.of(), Map.of());
        queue.add(read);
        queue.add(asked);
        queue.removeIf(input -> input instanceof Input.Portion);
        assertThat(queue.drain()).containsExactly(asked);
        assertThat(queue.poll(Duration.ZERO)).isNull();
    }

    private List<Input> all() throws InterruptedException {
        List<Input> all = new ArrayList<>();
        for (Input next = queue.poll(Duration.ZERO); next != null; next = queue.poll(Duration.ZERO)) {
            all.add(next);
        }
        return all;
    }

    private static Input own(@Nullable CompletableFuture<RequestOutcome> answer) {
        DesiredStateRequest request = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setName("a")
                .build();
        return new Input.Own(
                new ReceivedEvent(request, "k", "t", 0, 0, Instant.EPOCH, "id", TraceContext.NONE), answer);
    }
}
