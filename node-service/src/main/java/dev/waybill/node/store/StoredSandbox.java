package dev.waybill.node.store;

import dev.waybill.node.pod.IdRange;
import org.jspecify.annotations.Nullable;

/**
 * What was chosen for a pod's sandbox and holds for as long as it stands. Immutable.
 *
 * @param handler the OCI runtime's name; empty for the node's own
 * @param users the pod's ids on this machine; null when it has the machine's
 */
public record StoredSandbox(String handler, @Nullable IdRange users) {}
