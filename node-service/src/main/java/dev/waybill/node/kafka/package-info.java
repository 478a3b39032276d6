/** Events in and out of Kafka. */
@NullMarked
package dev.waybill.node.kafka;

import org.jspecify.annotations.NullMarked;
