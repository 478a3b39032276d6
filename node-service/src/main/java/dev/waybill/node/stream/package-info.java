/** Commands in containers and connections to pods, over whichever protocol a client speaks. */
@NullMarked
package dev.waybill.node.stream;

import org.jspecify.annotations.NullMarked;
