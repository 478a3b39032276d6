package dev.waybill.scheduler.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** Publishes the scheduler's decisions: requests at once, placements of a round together. For one thread at a time. */
final class KafkaDecisions implements Scheduler.Decisions {
    private final EventPublisher publisher;
    private final List<Runnable> placements = new ArrayList<>();

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
        placed(decision.getPodUid(), decision, trace);
    }

    @Override
    public void unschedulable(PodUnschedulable decision, TraceContext trace) {
        placed(decision.getPodUid(), decision, trace);
    }

    private void placed(String podUid, SpecificRecord decision, TraceContext trace) {
        placements.add(() -> publisher.publish(Topics.SCHEDULING, podUid, decision, trace.child()));
    }

    @Override
    public void placed() {
        placements.forEach(Runnable::run);
        placements.clear();
    }

    @Override
    public String newId() {
        return EventRecords.newId();
    }
}
