/** The state of the cluster as an immutable image, and the pure decisions of its single writer. */
@NullMarked
package dev.waybill.gateway.state;

import org.jspecify.annotations.NullMarked;
