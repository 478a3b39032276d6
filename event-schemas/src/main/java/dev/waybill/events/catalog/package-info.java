/** The one catalogue of topics: what each is called, how it is keyed, kept and partitioned, and who writes and reads it. */
@NullMarked
package dev.waybill.events.catalog;

import org.jspecify.annotations.NullMarked;
