/** Patches of JSON trees: RFC 6902, RFC 7396 and Kubernetes' strategic merge. Pure. */
@NullMarked
package dev.waybill.gateway.state.patch;

import org.jspecify.annotations.NullMarked;
