/** Calls of conversion webhooks over HTTPS. */
@NullMarked
package dev.waybill.gateway.conversion.http;

import org.jspecify.annotations.NullMarked;
