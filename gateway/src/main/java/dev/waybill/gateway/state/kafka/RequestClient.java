package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.runtime.TraceContext;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Publishes requests and hands back their answers. Thread-safe. */
public interface RequestClient {

    /**
     * The writer's answer.
     *
     * @param object the object after it, of this instance's image or newer; null when refused, gone or a dry run
     */
    record Answer(RequestOutcome outcome, @Nullable StoredObject object) {}

    /**
     * Publishes a request; completes once its outcome was read and this instance's image holds its revision. Fails
     * with RequestTimeoutException when no answer came in time: the request may still be decided later.
     */
    CompletableFuture<Answer> send(DesiredStateRequest request, TraceContext trace);
}
