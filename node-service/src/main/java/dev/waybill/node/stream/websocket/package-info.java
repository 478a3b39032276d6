/** WebSocket (RFC 6455) with the channel protocols of Kubernetes. */
@NullMarked
package dev.waybill.node.stream.websocket;

import org.jspecify.annotations.NullMarked;
