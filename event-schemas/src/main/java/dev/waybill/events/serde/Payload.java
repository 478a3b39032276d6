package dev.waybill.events.serde;

import org.apache.avro.specific.SpecificRecord;

/** What the bytes of a record value turned out to be. Immutable. */
public sealed interface Payload {

    /**
     * An event of this platform.
     *
     * @param event the decoded event
     * @param bytes the value as it was received, for the dead letter of an event that nobody could handle
     */
    @SuppressWarnings("ArrayRecordComponent") // the bytes are handed on untouched and never compared
    record Known(SpecificRecord event, byte[] bytes) implements Payload {}

    /** No value: the key is gone from a compacted topic. */
    record Tombstone() implements Payload {}

    /**
     * Bytes that are no event of this platform, with the reason why.
     *
     * @param bytes the value as it was received
     * @param cause a sentence for the dead letter's header
     */
    @SuppressWarnings("ArrayRecordComponent") // the bytes are handed on untouched and never compared
    record Undecodable(byte[] bytes, String cause) implements Payload {}
}
