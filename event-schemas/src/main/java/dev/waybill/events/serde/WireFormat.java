package dev.waybill.events.serde;

import java.nio.ByteBuffer;

/**
 * The Confluent wire format: a zero byte, the schema id as four bytes big-endian, then Avro binary. See
 * "Wire format" in the Confluent Schema Registry documentation.
 */
final class WireFormat {
    static final byte MAGIC = 0;
    static final int HEADER_BYTES = 5;

    private WireFormat() {}

    static byte[] header(int schemaId) {
        return ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(schemaId).array();
    }
}
