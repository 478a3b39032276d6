/** The OCI distribution protocol (version 2) over HTTP. */
@NullMarked
package dev.waybill.image.registry.http;

import org.jspecify.annotations.NullMarked;
