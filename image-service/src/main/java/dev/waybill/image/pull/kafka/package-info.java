/** Pull requests in from waybill.images, progress and answers out. */
@NullMarked
package dev.waybill.image.pull.kafka;

import org.jspecify.annotations.NullMarked;
