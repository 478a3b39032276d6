package dev.waybill.gateway.state.kafka;

import dev.waybill.events.Cause;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.ResourceChanged;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import org.jspecify.annotations.Nullable;

/** Changes as the resource log carries them. Pure. */
final class LogRecords {
    /** Far below the largest record, whatever characters a refusal quotes. */
    private static final int MAX_REFUSAL = 100_000;

    private static final int SHORTENED = 2_000;

    private LogRecords() {}

    /** An outcome that fits a record: a refusal that quotes a huge value is shortened, its reason and code stay. */
    static RequestOutcome bounded(RequestOutcome outcome) {
        String status = outcome.getStatus();
        if (outcome.getMessage().length() + (status == null ? 0 : status.length()) <= MAX_REFUSAL) {
            return outcome;
        }
        String message = outcome.getMessage();
        return RequestOutcome.newBuilder(outcome)
                .setMessage(message.substring(0, Math.min(SHORTENED, message.length())) + "... (shortened)")
                .setStatus(null)
                .build();
    }

    /** @param input what led to it, whose topic is not named when it was asked in this process; null for the writer's own work */
    static ResourceChanged changed(
            ResourceDelta delta, @Nullable ReceivedEvent input, TraceContext trace, String user) {
        StoredObject object = delta.object();
        return ResourceChanged.newBuilder()
                .setGroup(object.key().group())
                .setVersion(object.kind().version())
                .setKind(object.kind().kind())
                .setResource(object.key().resource())
                .setNamespace(object.namespace())
                .setName(object.name())
                .setUid(object.uid())
                .setRevision(delta.revision())
                .setGeneration(object.generation())
                .setDeleted(delta.change() == ResourceDelta.Change.DELETED)
                .setObject(object.raw())
                .setCause(cause(input, trace))
                .setUser(user)
                .build();
    }

    private static Cause cause(@Nullable ReceivedEvent input, TraceContext trace) {
        Cause.Builder cause = Cause.newBuilder().setTraceparent(trace.traceparent());
        return input == null || input.partition() == WriterInputs.OWN
                ? cause.setTopic("").setPartition(0).setOffset(0).build()
                : cause.setTopic(input.topic())
                        .setPartition(input.partition())
                        .setOffset(input.offset())
                        .build();
    }
}
