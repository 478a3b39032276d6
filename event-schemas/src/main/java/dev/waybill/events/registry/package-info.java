/** A client of the Confluent Schema Registry protocol. */
@NullMarked
package dev.waybill.events.registry;

import org.jspecify.annotations.NullMarked;
