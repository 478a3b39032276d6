/** The logs of containers, in the format of the Container Runtime Interface, as conmon writes them. */
@NullMarked
package dev.waybill.node.logs;

import org.jspecify.annotations.NullMarked;
