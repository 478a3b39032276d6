package dev.waybill.node.pod;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How a container ended. Immutable. */
public record Termination(
        String containerId,
        int exitCode,
        String reason,
        String message,
        boolean oomKilled,
        @Nullable Instant startedAt,
        Instant finishedAt) {

    public static final String COMPLETED = "Completed";
    public static final String ERROR = "Error";
    public static final String OOM_KILLED = "OOMKilled";
    public static final String CANNOT_RUN = "ContainerCannotRun";
    /** Neither the process nor its exit code was there. */
    public static final String UNKNOWN = "ContainerStatusUnknown";
    /** The kubelet's sentence for it. */
    public static final String NOT_LOCATED = "The container could not be located when the pod was terminated";

    /** The reason that goes with an exit code. */
    public static String reasonOf(int exitCode, boolean oomKilled) {
        if (exitCode == 0) {
            return COMPLETED;
        }
        return oomKilled ? OOM_KILLED : ERROR;
    }
}
