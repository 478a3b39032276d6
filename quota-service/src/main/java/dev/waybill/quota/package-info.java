/** May this pod run now, and what did it cost? */
@NullMarked
package dev.waybill.quota;

import org.jspecify.annotations.NullMarked;
