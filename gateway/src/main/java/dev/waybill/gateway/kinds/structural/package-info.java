/** Structural schemas of CustomResourceDefinitions: defaults, pruning, validation, merging. Pure. */
@NullMarked
package dev.waybill.gateway.kinds.structural;

import org.jspecify.annotations.NullMarked;
