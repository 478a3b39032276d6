/** Who may pull what: credentials and how they are found for an image, as Kubernetes and docker find them. Pure. */
@NullMarked
package dev.waybill.image.credentials;

import org.jspecify.annotations.NullMarked;
