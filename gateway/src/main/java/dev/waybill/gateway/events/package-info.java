/** Kubernetes Events, made from the facts on the topics: who publishes a fact need not know of them. Pure. */
@NullMarked
package dev.waybill.gateway.events;

import org.jspecify.annotations.NullMarked;
