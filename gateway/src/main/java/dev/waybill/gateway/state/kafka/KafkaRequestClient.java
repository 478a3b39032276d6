package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.TraceContext;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RecordTooLargeException;

/** Requests through the log to this process's writer and back. Thread-safe. */
public final class KafkaRequestClient implements RequestClient {
    private static final long PATIENCE_SECONDS = 30;

    private final EventPublisher publisher;
    private final ResourceTail tail;
    private final Map<String, CompletableFuture<RequestOutcome>> pending = new ConcurrentHashMap<>();

    public KafkaRequestClient(EventPublisher publisher, ResourceTail tail) {
        this.publisher = publisher;
        this.tail = tail;
    }

    @Override
    public CompletableFuture<Answer> send(DesiredStateRequest request, TraceContext trace) {
        String id = EventRecords.newId();
        CompletableFuture<RequestOutcome> outcome = new CompletableFuture<>();
        pending.put(id, outcome);
        outcome.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).whenComplete((done, failure) -> pending.remove(id));
        ResourceKey key =
                new ResourceKey(request.getGroup(), request.getResource(), request.getNamespace(), request.getName());
        publisher.publish(Topics.REQUESTS, key.logKey(), request, trace, id).whenComplete((sent, failure) -> {
            if (failure != null) {
                outcome.completeExceptionally(
                        failure instanceof RecordTooLargeException ? new RequestTooLargeException(failure) : failure);
            }
        });
        return outcome.thenCompose(answer -> tail.awaitRevision(answer.getRevision())
                .thenApply(image -> new Answer(
                        answer,
                        answer.getAccepted()
                                ? image.get(new ResourceKey(
                                        answer.getGroup(),
                                        answer.getResource(),
                                        answer.getNamespace(),
                                        answer.getName()))
                                : null)));
    }

    /** The writer has committed an outcome. */
    void answered(RequestOutcome outcome) {
        CompletableFuture<RequestOutcome> asked = pending.get(outcome.getRequestId());
        if (asked != null) {
            asked.complete(outcome);
        }
    }
}
