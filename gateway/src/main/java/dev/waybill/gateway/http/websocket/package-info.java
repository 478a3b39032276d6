/** Answers that are WebSockets which only the gateway sends on: watches and logs, as browsers ask for them. */
@NullMarked
package dev.waybill.gateway.http.websocket;

import org.jspecify.annotations.NullMarked;
