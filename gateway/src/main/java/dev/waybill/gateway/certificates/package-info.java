/** Certificates as clients ask for them: what a request says, which of them are signed, and by what rules. Pure. */
@NullMarked
package dev.waybill.gateway.certificates;

import org.jspecify.annotations.NullMarked;
