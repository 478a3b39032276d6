/** Everything in one JVM: broker, registry, Redis and every service, for one machine. */
@NullMarked
package dev.waybill.standalone;

import org.jspecify.annotations.NullMarked;
