/** The kinds of object that the API serves: their names, defaults, validation, and how their fields merge. Pure. */
@NullMarked
package dev.waybill.gateway.kinds;

import org.jspecify.annotations.NullMarked;
