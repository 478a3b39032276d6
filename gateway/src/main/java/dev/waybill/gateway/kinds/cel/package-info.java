/** Validation rules of CustomResourceDefinitions in CEL. Pure; its classes are loaded when a definition has rules. */
@NullMarked
package dev.waybill.gateway.kinds.cel;

import org.jspecify.annotations.NullMarked;
