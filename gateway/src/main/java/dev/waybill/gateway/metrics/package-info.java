/** What containers use at the moment, as metrics.k8s.io shows it. */
@org.jspecify.annotations.NullMarked
package dev.waybill.gateway.metrics;
