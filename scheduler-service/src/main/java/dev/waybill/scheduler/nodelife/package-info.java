/** Which nodes are alive, judged by their heartbeats. Pure. */
@NullMarked
package dev.waybill.scheduler.nodelife;

import org.jspecify.annotations.NullMarked;
