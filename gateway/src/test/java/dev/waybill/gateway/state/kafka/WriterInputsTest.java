package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WriterInputsTest {
    private final WriterInputs inputs = new WriterInputs(null);

    @Test
    void requestsComeInTheirOrderAndThoseGivenBackComeFirst() throws Exception {
        for (String name : List.of("a", "b", "c")) {
            inputs.ask(request(name, ""), TraceContext.NONE);
        }
        List<Input.Own> taken = List.of(next(), next());
        inputs.giveBack(taken);
        assertThat(List.of(name(next()), name(next()), name(next()))).containsExactly("a", "b", "c");
        assertThat(inputs.next(Duration.ZERO)).isNull();
    }

    @Test
    void whatWaitsIsBoundedByItsSize() throws Exception {
        String megabyte = "x".repeat(1 << 20);
        List<CompletableFuture<RequestOutcome>> asked = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            asked.add(inputs.ask(request("r" + i, megabyte), TraceContext.NONE));
        }
        assertThat(asked)
                .filteredOn(CompletableFuture::isCompletedExceptionally)
                .hasSizeBetween(8, 10);
        assertThatThrownBy(asked.getLast()::join)
                .hasMessageContaining("too many requests wait to be decided")
                .hasCauseInstanceOf(NotWritingException.class)
                .satisfies(failure -> assertThat(((NotWritingException) failure.getCause()).isBusy())
                        .isTrue());
        next();
        assertThat(inputs.ask(request("fits", megabyte), TraceContext.NONE)).isNotDone();
    }

    @Test
    void whoeverWaitsIsToldWhenNobodyDecidesAnyMore() throws Exception {
        CompletableFuture<RequestOutcome> waiting = inputs.ask(request("a", ""), TraceContext.NONE);
        inputs.close();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(NotWritingException.class);
        assertThatThrownBy(inputs.ask(request("b", ""), TraceContext.NONE)::join)
                .hasMessageContaining("another gateway writes now");
        assertThat(inputs.tell(request("c", ""), "id", TraceContext.NONE)).isFalse();
        assertThat(inputs.next(Duration.ZERO)).isNull();
    }

    @Test
    void aRequestWhoseCallerHasLeftIsKnownAsSuch() throws Exception {
        CompletableFuture<RequestOutcome> left = inputs.ask(request("a", ""), TraceContext.NONE);
        inputs.tell(request("b", ""), "id", TraceContext.NONE);
        left.cancel(false);
        assertThat(next().isAbandoned()).isTrue();
        assertThat(next().isAbandoned()).isFalse();
    }

    private Input.Own next() throws InterruptedException {
        return (Input.Own) inputs.next(Duration.ZERO);
    }

    private static String name(Input.Own own) {
        return ((DesiredStateRequest) own.request().event()).getName();
    }

    private static DesiredStateRequest request(String name, String manifest) {
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setName(name)
                .setManifest(manifest)
                .build();
    }
}
