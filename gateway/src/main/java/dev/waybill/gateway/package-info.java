/** The Kubernetes API over HTTP, and the single writer of the resource log. */
@NullMarked
package dev.waybill.gateway;

import org.jspecify.annotations.NullMarked;
