package dev.waybill.runtime;

import dev.waybill.events.serde.Payload;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;

/**
 * One record as it came off a topic, with its envelope. Immutable.
 *
 * @param payload what the value turned out to be
 * @param key record key; empty without one
 * @param timestamp the broker's or producer's time of the record
 * @param id the {@code ce_id} header, else topic-partition-offset
 * @param trace the trace that the record belongs to
 */
public record ReceivedEvent(
        Payload payload,
        String key,
        String topic,
        int partition,
        long offset,
        Instant timestamp,
        String id,
        TraceContext trace) {

    /** A decoded event, as handlers see it. */
    public ReceivedEvent(
            SpecificRecord event,
            String key,
            String topic,
            int partition,
            long offset,
            Instant timestamp,
            String id,
            TraceContext trace) {
        this(new Payload.Known(event, new byte[0]), key, topic, partition, offset, timestamp, id, trace);
    }

    /** The event. Handlers are only ever given records that have one. */
    public SpecificRecord event() {
        if (payload instanceof Payload.Known known) {
            return known.event();
        }
        throw new IllegalStateException(position() + " holds no event");
    }

    /** Where the record stands, as topic-partition-offset. */
    public String position() {
        return topic + "-" + partition + "-" + offset;
    }
}
