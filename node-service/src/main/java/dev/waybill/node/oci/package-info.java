/** Containers through an OCI runtime, held by conmon. */
@NullMarked
package dev.waybill.node.oci;

import org.jspecify.annotations.NullMarked;
