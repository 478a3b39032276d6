/** Which pods the selectors of other objects select. Pure. */
@NullMarked
package dev.waybill.scheduler.selection;

import org.jspecify.annotations.NullMarked;
