package dev.waybill.gateway.events;

import dev.waybill.gateway.state.ResourceDelta;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** Which Events a fact is worth: none, one or several. Remembers pulls under way; not thread-safe. */
public final class EventMapper {
    private final ImageEvents images = new ImageEvents();

    /** The Events of a fact on a topic of its own. */
    public List<EventDraft> of(SpecificRecord fact) {
        List<EventDraft> drafts = new ArrayList<>(ContainerEvents.of(fact));
        drafts.addAll(SchedulingEvents.of(fact));
        drafts.addAll(images.of(fact));
        return drafts;
    }

    /** The Events of a change of the cluster's state. */
    public List<EventDraft> of(ResourceDelta change) {
        return ObjectEvents.of(change);
    }
}
