/** Image references as Docker and Kubernetes read them. Pure. */
@NullMarked
package dev.waybill.image.reference;

import org.jspecify.annotations.NullMarked;
