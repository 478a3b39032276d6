package dev.waybill.node.pod;

import java.util.List;
import java.util.Optional;

/** Whether this node runs a pod at all, as the kubelet decides it when a pod comes (pkg/kubelet/lifecycle). Pure. */
public final class Admission {
    private static final String OS = "linux";

    private Admission() {}

    /**
     * Why not, for good; empty when it does.
     *
     * @param unsafeSysctls those that this node allows beyond the safe ones
     */
    public static Optional<PodFact.PodRefused> refusal(PodSpec pod, List<String> unsafeSysctls) {
        if (!pod.os().isEmpty() && !pod.os().equals(OS)) {
            return Optional.of(new PodFact.PodRefused(
                    "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"));
        }
        return Sysctls.forbidden(pod, unsafeSysctls).map(why -> new PodFact.PodRefused(Sysctls.REASON, why));
    }
}
