/**
 * The plumbing that every service shares: events in and out with their headers, dead letters, replay of a log, and the
 * start of bindings. Knows Kafka and Spring; knows no service.
 */
@NullMarked
package dev.waybill.runtime;

import org.jspecify.annotations.NullMarked;
