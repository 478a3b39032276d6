/** Large blobs in ranges over several connections, kept on disk until they are unpacked. */
@NullMarked
package dev.waybill.image.fetch.ingest;

import org.jspecify.annotations.NullMarked;
