/** HTTP to programs in pods, for {@code pods/proxy} and {@code services/proxy}. */
@NullMarked
package dev.waybill.gateway.http.proxy;

import org.jspecify.annotations.NullMarked;
