/** Tells what is on the disk and what left it. */
@NullMarked
package dev.waybill.image.collection.kafka;

import org.jspecify.annotations.NullMarked;
