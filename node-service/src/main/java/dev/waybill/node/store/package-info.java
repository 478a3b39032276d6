/** What a node remembers across a restart of its agent. */
@NullMarked
package dev.waybill.node.store;

import org.jspecify.annotations.NullMarked;
