/** Credentials that programs keep: docker's credential helpers. */
@NullMarked
package dev.waybill.image.credentials.process;

import org.jspecify.annotations.NullMarked;
