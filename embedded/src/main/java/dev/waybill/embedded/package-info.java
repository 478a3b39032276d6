/** A Kafka broker, a schema registry and a Redis of one's own: what one machine and every test need, and nothing else does. */
@NullMarked
package dev.waybill.embedded;

import org.jspecify.annotations.NullMarked;
