/** The hosts file, in the form that K3s and RKE2 gave it. */
@NullMarked
package dev.waybill.image.hosts.yaml;

import org.jspecify.annotations.NullMarked;
