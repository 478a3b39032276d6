/** Endpoints and EndpointSlices: which pods stand behind a Service. Pure. */
@NullMarked
package dev.waybill.scheduler.endpoints;

import org.jspecify.annotations.NullMarked;
