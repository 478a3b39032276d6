/** Connections to nodes: requests that become one (exec, attach, port-forward), and those by which pods are reached. */
@NullMarked
package dev.waybill.gateway.http.stream;

import org.jspecify.annotations.NullMarked;
