/** Avro in the Confluent wire format, in and out; undecodable bytes are a value here, never an exception. */
@NullMarked
package dev.waybill.events.serde;

import org.jspecify.annotations.NullMarked;
