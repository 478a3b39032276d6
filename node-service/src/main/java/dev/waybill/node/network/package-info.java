/** The namespaces that the containers of a pod share. */
@NullMarked
package dev.waybill.node.network;

import org.jspecify.annotations.NullMarked;
