/** {@code waybill demo}: the main job on real input, with no internet. */
@NullMarked
package dev.waybill.standalone.demo;

import org.jspecify.annotations.NullMarked;
