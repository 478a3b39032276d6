package dev.waybill.node.resources;

import dev.waybill.node.pod.PodSpec.QosClass;

/** Who the kernel kills first when the machine is out of memory, by Kubernetes' rule. Pure. */
final class OomScore {
    private static final int GUARANTEED = -997;
    private static final int BEST_EFFORT = 1000;

    private OomScore() {}

    /** Burstable containers get the less the larger the part of the machine that they asked for. */
    static int of(QosClass qosClass, long memoryRequestBytes, long machineBytes) {
        return switch (qosClass) {
            case GUARANTEED -> GUARANTEED;
            case BEST_EFFORT -> BEST_EFFORT;
            case BURSTABLE ->
                Math.clamp(
                        1000 - 1000 * memoryRequestBytes / Math.max(1, machineBytes),
                        1000 + GUARANTEED,
                        BEST_EFFORT - 1);
        };
    }
}
