/** Events out of the topics and the resource log, as requests to the writer. */
@NullMarked
package dev.waybill.gateway.events.kafka;

import org.jspecify.annotations.NullMarked;
