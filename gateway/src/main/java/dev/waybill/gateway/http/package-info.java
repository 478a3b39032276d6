/** The Kubernetes API over HTTP: paths, bodies, reads, watches, and the way of a write to the log and back. */
@NullMarked
package dev.waybill.gateway.http;

import org.jspecify.annotations.NullMarked;
