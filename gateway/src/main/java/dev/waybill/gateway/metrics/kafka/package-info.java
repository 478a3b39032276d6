/** Samples of use from Kafka. */
@org.jspecify.annotations.NullMarked
package dev.waybill.gateway.metrics.kafka;
