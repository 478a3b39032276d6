package dev.waybill.scheduler.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.Scheduler;

/** Publishes the scheduler's decisions. Thread-safe. */
final class KafkaDecisions implements Scheduler.Decisions {
    private final EventPublisher publisher;

    KafkaDecisions(EventPublisher publisher) {
        this.publisher = publisher;
    }

    @Override
    public void request(String id, DesiredStateRequest request, TraceContext trace) {
        String key = request.getGroup() + "/" + request.getResource() + "/" + request.getNamespace() + "/"
                + request.getName();
        publisher.publish(Topics.SCHEDULER_REQUESTS, key, request, trace.child(), id);
    }

    @Override
    public void bound(PodBound decision, TraceContext trace) {
        publisher.publish(Topics.SCHEDULING, decision.getPodUid(), decision, trace.child());
    }

    @Override
    public void unschedulable(PodUnschedulable decision, TraceContext trace) {
        publisher.publish(Topics.SCHEDULING, decision.getPodUid(), decision, trace.child());
    }

    @Override
    public String newId() {
        return EventRecords.newId();
    }
}
