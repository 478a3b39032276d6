/** What a conversion webhook is asked and what it may answer (apiextensions.k8s.io ConversionReview). Pure. */
@NullMarked
package dev.waybill.gateway.conversion;

import org.jspecify.annotations.NullMarked;
