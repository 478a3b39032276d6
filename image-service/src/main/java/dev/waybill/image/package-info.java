/** On every node: turns image references into verified, unpacked layer directories and tells the log about it. */
@NullMarked
package dev.waybill.image;

import org.jspecify.annotations.NullMarked;
