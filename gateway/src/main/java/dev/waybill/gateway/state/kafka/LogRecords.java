package dev.waybill.gateway.state.kafka;

import dev.waybill.events.Cause;
import dev.waybill.events.ResourceChanged;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import org.jspecify.annotations.Nullable;

/** Changes as the resource log carries them. Pure. */
final class LogRecords {
    private LogRecords() {}

    /** @param input what led to it; null for the writer's own work */
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
                .setCause(Cause.newBuilder()
                        .setTopic(input == null ? "" : input.topic())
                        .setPartition(input == null ? 0 : input.partition())
                        .setOffset(input == null ? 0 : input.offset())
                        .setTraceparent(trace.traceparent())
                        .build())
                .setUser(user)
                .build();
    }
}
