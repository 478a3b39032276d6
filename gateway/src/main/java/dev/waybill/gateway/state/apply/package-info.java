/** Server-side apply: who owns which field, how applied objects merge, where appliers conflict. Pure. */
@NullMarked
package dev.waybill.gateway.state.apply;

import org.jspecify.annotations.NullMarked;
