/** The node's own HTTP server: container logs for the gateway. */
@NullMarked
package dev.waybill.node.http;

import org.jspecify.annotations.NullMarked;
