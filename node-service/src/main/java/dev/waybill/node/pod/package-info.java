/** What a pod on this node is, what it has reached, and what to do next. Pure: time and facts are arguments. */
@NullMarked
package dev.waybill.node.pod;

import org.jspecify.annotations.NullMarked;
