/** The node agent: a worker for each pod decides, saves, then acts; pods run side by side. */
@NullMarked
package dev.waybill.node.agent;

import org.jspecify.annotations.NullMarked;
