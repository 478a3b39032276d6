/** The pod network, made by CNI plugins. */
@NullMarked
package dev.waybill.node.network.cni;

import org.jspecify.annotations.NullMarked;
