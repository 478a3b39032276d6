/** What a pull request asks for and what its answer is. Pure. */
@NullMarked
package dev.waybill.image.pull;

import org.jspecify.annotations.NullMarked;
