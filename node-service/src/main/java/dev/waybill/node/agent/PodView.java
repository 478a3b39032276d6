package dev.waybill.node.agent;

import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import java.nio.file.Path;

/** A pod as others of this node see it. Immutable. */
public record PodView(PodSpec pod, PodState state, Path directory) {
    /** The log of one start of a container. */
    public Path log(String container, int attempt) {
        return new PodPaths(directory, "").log(container, attempt);
    }

    /** The bundle of one start of a container. */
    Path bundle(String container, int attempt) {
        return new PodPaths(directory, "").bundle(container, attempt);
    }
}
