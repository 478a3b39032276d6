package dev.waybill.gateway.state;

import dev.waybill.events.catalog.Topic;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record beside the resource log, in the same transaction as the changes it comes with. Immutable.
 *
 * @param event null for a tombstone
 */
public record Emission(Topic topic, String key, @Nullable SpecificRecord event) {}
