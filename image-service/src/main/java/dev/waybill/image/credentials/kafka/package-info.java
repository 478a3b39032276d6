/** Pull secrets off the node's assignments, where they lie sealed. */
@NullMarked
package dev.waybill.image.credentials.kafka;

import org.jspecify.annotations.NullMarked;
