/** PersistentVolumes and the claims on them: who is bound to what, volumes that are made, and what a pod's claims ask of a node. */
@org.jspecify.annotations.NullMarked
package dev.waybill.scheduler.volume;
