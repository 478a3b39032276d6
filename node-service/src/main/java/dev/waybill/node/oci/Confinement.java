package dev.waybill.node.oci;

import dev.waybill.node.pod.IdRange;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a container from the rest beyond the namespaces that every container has. Immutable.
 *
 * @param seccomp the profile of its system calls; null for none
 * @param users the machine's ids that stand for the pod's own; null when the pod has the machine's
 * @param processes the pod's process namespace; null when the container has one of its own, or the machine's
 */
public record Confinement(
        @Nullable SeccompProfile seccomp,
        @Nullable IdRange users,
        @Nullable Path processes) {
    public static final Confinement NONE = new Confinement(null, null, null);
}
