/** Requests that become connections to a node: exec, attach and port-forward. */
@NullMarked
package dev.waybill.gateway.http.stream;

import org.jspecify.annotations.NullMarked;
