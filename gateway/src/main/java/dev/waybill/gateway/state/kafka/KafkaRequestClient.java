package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.TraceContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Requests to the writer of this process and, while it does not write, on the topic of the one that does. Thread-safe. */
final class KafkaRequestClient implements RequestClient {
    private static final long PATIENCE_SECONDS = 30;

    private final WriterInputs inputs;
    private final EventPublisher publisher;
    private final ResourceTail tail;

    KafkaRequestClient(WriterInputs inputs, EventPublisher publisher, ResourceTail tail) {
        this.inputs = inputs;
        this.publisher = publisher;
        this.tail = tail;
    }

    @Override
    public CompletableFuture<Answer> send(DesiredStateRequest request, TraceContext trace) {
        CompletableFuture<RequestOutcome> outcome = inputs.ask(request, trace);
        return outcome.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .thenCompose(answer -> tail.awaitRevision(answer.getRevision())
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

    @Override
    public void tell(DesiredStateRequest request, String id, TraceContext trace) throws InterruptedException {
        if (!inputs.tell(request, id, trace)) {
            String key = new ResourceKey(
                            request.getGroup(), request.getResource(), request.getNamespace(), request.getName())
                    .logKey();
            publisher.publish(Topics.REQUESTS, key, request, trace, id);
        }
    }
}
