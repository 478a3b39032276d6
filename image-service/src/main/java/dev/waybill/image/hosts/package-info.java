/** Where the images of a registry come from: mirrors, trust, credentials and proxies per host. */
@NullMarked
package dev.waybill.image.hosts;

import org.jspecify.annotations.NullMarked;
