package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.PodState.Sandbox;
import java.time.Instant;
import java.util.Map;

/**
 * What an agent that was restarted makes of a pod that it remembers: what was under way begins again, and each
 * container is what the machine says it is. Pure.
 */
public final class PodRecovery {
    private static final int KILLED = 137;

    private PodRecovery() {}

    /** What became of a container while nobody looked. */
    public sealed interface Found {
        /** Its process runs. */
        record Running(String containerId, int pid, Instant startedAt) implements Found {}

        /** It ended and left its exit code. */
        record Ended(Termination termination) implements Found {}

        /** It was being made and its process never ran. */
        record NotStarted() implements Found {}

        /** Nothing tells how it ended. */
        record Lost() implements Found {}
    }

    /** The state to go on from; {@code found} has an entry for every container that was starting or running. */
    public static PodState resume(PodState state, boolean sandboxStands, Map<String, Found> found, Instant now) {
        PodState next = state;
        for (Map.Entry<String, Found> entry : found.entrySet()) {
            next = next.with(resume(next.container(entry.getKey()), entry.getValue(), now));
        }
        for (ImageState image : state.images().values()) {
            if (image.phase() != ImageState.Phase.READY) {
                next = next.with(ImageState.wanted(image.reference()));
            }
        }
        return next.with(sandbox(state.sandbox(), sandboxStands), state.podIp(), state.sandboxMessage(), null);
    }

    private static Sandbox sandbox(Sandbox remembered, boolean stands) {
        return switch (remembered) {
            case NONE, CREATING -> Sandbox.NONE;
            case READY -> stands ? Sandbox.READY : Sandbox.NONE;
            // Its removal is safe to repeat and is decided again.
            case REMOVING -> Sandbox.READY;
            case REMOVED -> Sandbox.REMOVED;
        };
    }

    private static ContainerState resume(ContainerState state, Found found, Instant now) {
        return switch (found) {
            case Found.Running running ->
                state.phase() == Phase.RUNNING
                        ? state
                        : state.running(running.containerId(), running.pid(), running.startedAt());
            case Found.Ended ended -> state.ended(ended.termination());
            case Found.NotStarted() -> state.waiting(ContainerState.CREATING, "", null);
            case Found.Lost() ->
                state.ended(new Termination(
                        state.containerId(),
                        KILLED,
                        Termination.UNKNOWN,
                        Termination.NOT_LOCATED,
                        false,
                        state.startedAt(),
                        now));
        };
    }
}
