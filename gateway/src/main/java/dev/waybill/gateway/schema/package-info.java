/** Which fields each kind has and of what type, read from the published Kubernetes model classes. Pure. */
@NullMarked
package dev.waybill.gateway.schema;

import org.jspecify.annotations.NullMarked;
