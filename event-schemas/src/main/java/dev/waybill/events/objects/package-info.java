/** What every service reads in the Kubernetes objects that events carry: quantities, selectors, a pod's resources, sealed secrets. */
@NullMarked
package dev.waybill.events.objects;

import org.jspecify.annotations.NullMarked;
