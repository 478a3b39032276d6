/** The writer's loop, the instance's own tail of the resource log, and the way requests reach the writer. */
@NullMarked
package dev.waybill.gateway.state.kafka;

import org.jspecify.annotations.NullMarked;
