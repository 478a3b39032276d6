/** SPDY/3.1, as kubectl speaks it for exec, attach and port-forward. */
@NullMarked
package dev.waybill.node.stream.spdy;

import org.jspecify.annotations.NullMarked;
