/** Pods and containers on one node. */
@NullMarked
package dev.waybill.node;

import org.jspecify.annotations.NullMarked;
