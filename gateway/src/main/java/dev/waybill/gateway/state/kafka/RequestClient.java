package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.runtime.TraceContext;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Asks the writer. Thread-safe. */
public interface RequestClient {

    /**
     * The writer's answer.
     *
     * @param object the object after it, of this instance's image or newer; null when refused, gone or a dry run
     */
    record Answer(RequestOutcome outcome, @Nullable StoredObject object) {}

    /**
     * Asks, and completes once the outcome is a fact and this instance's image holds its revision. Fails with
     * NotWritingException when nobody decides here, and with a TimeoutException when no answer came in time.
     */
    CompletableFuture<Answer> send(DesiredStateRequest request, TraceContext trace);

    /**
     * Asks under an id of the caller's and does not wait for an answer; waits for room when many requests are under way.
     */
    void tell(DesiredStateRequest request, String id, TraceContext trace) throws InterruptedException;
}
