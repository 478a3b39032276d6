/** The node agent: one thread decides, effects run beside it. */
@NullMarked
package dev.waybill.node.agent;

import org.jspecify.annotations.NullMarked;
