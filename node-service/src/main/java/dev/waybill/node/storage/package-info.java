/** Root file systems, volumes and the files that every pod has in /etc. */
@NullMarked
package dev.waybill.node.storage;

import org.jspecify.annotations.NullMarked;
