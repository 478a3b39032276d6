/** What containers may use: read from a pod's resources and annotations, checked against what the machine can do. Pure. */
@NullMarked
package dev.waybill.node.resources;

import org.jspecify.annotations.NullMarked;
