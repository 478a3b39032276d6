/** Kubernetes' Pod Security Standards: which pods a namespace takes. Pure. */
@NullMarked
package dev.waybill.gateway.podsecurity;

import org.jspecify.annotations.NullMarked;
