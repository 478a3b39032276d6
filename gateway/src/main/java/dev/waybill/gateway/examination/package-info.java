/** Rules that take their time, held against objects on threads of their own. */
@NullMarked
package dev.waybill.gateway.examination;

import org.jspecify.annotations.NullMarked;
