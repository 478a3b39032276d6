package dev.waybill.gateway.events.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.events.EventAggregator;
import dev.waybill.gateway.events.EventDraft;
import dev.waybill.gateway.events.EventMapper;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the writer for the Events that facts are worth, under ids that follow from the facts: a fact that is delivered
 * twice asks once. Nobody waits for the answers. Thread-safe.
 */
final class EventRecorder {
    private static final int REMEMBERED = 4_096;

    private final RequestClient requests;
    private final ResourceTail tail;
    private final EventMapper mapper = new EventMapper();
    private final EventAggregator aggregator = new EventAggregator(REMEMBERED);

    EventRecorder(RequestClient requests, ResourceTail tail) {
        this.requests = requests;
        this.tail = tail;
    }

    synchronized void record(ReceivedEvent received) {
        record(mapper.of(received.event()), received.id(), received.timestamp(), received.trace());
    }

    synchronized void record(ResourceDelta change) {
        record(mapper.of(change), "revision-" + change.revision(), change.at(), TraceContext.NONE);
    }

    private void record(List<EventDraft> drafts, String source, Instant at, TraceContext trace) {
        if (at.plus(EventAggregator.KEPT).isBefore(Instant.now())) {
            return; // it would be removed at once
        }
        int index = 0;
        for (EventDraft draft : drafts) {
            String id = source + "/event/" + index++;
            publish(draft, id, at, trace);
        }
    }

    private void publish(EventDraft draft, String id, Instant at, TraceContext trace) {
        ResourceImage image = tail.image();
        StoredObject namespace = image.get(new ResourceKey("", "namespaces", "", draft.namespace()));
        if (namespace == null || namespace.deleting()) {
            return;
        }
        ResourceKey key = new ResourceKey("", "events", draft.namespace(), draft.name());
        StoredObject stored = image.get(key);
        Optional<ObjectNode> event = aggregator.observe(draft, id, at, stored == null ? null : stored.json());
        if (event.isPresent()) {
            try {
                requests.tell(request(key, event.get()), id, trace);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // an Event less, at the end
            }
        }
    }

    /** An update: Events may be created by it, as in Kubernetes. */
    private static DesiredStateRequest request(ResourceKey key, ObjectNode manifest) {
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.UPDATE)
                .setVersion("v1")
                .setResource(key.resource())
                .setNamespace(key.namespace())
                .setName(key.name())
                .setManifest(manifest.toString())
                .setFieldManager("events")
                .setUser(Subject.EVENTS)
                .build();
    }
}
