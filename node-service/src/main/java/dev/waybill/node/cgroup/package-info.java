/** Resource limits and usage in the kernel's control groups, version 1 and 2. */
@NullMarked
package dev.waybill.node.cgroup;

import org.jspecify.annotations.NullMarked;
