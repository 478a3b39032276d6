/** Server-side tables: what {@code kubectl get} prints of each kind. Pure. */
@NullMarked
package dev.waybill.gateway.http.table;

import org.jspecify.annotations.NullMarked;
