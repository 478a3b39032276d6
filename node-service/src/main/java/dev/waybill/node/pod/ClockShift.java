package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves every time that a pod waits for, or counts from, along with a clock that was set; times that tell what happened
 * when stay as they were told. Pure.
 */
final class ClockShift {
    private final Duration by;

    private ClockShift(Duration by) {
        this.by = by;
    }

    static PodState of(PodState state, Duration by) {
        ClockShift shift = new ClockShift(by);
        Map<String, ContainerState> containers = new LinkedHashMap<>();
        state.containers().forEach((name, container) -> containers.put(name, shift.container(container)));
        Map<String, ImageState> images = new LinkedHashMap<>();
        state.images().forEach((reference, image) -> images.put(reference, shift.image(image)));
        PodState.SandboxState sandbox = state.sandboxState();
        return new PodState(
                new PodState.SandboxState(
                        sandbox.phase(), sandbox.podIp(), sandbox.message(), shift.moved(sandbox.retryAt())),
                state.startTime(),
                containers,
                images,
                state.ends());
    }

    private @Nullable Instant moved(@Nullable Instant time) {
        return time == null ? null : time.plus(by);
    }

    private BackOff backOff(BackOff backOff) {
        return new BackOff(backOff.millis(), backOff.since().plus(by));
    }

    private ContainerState container(ContainerState state) {
        ContainerState.Waiting waiting = state.waiting();
        return new ContainerState(
                state.name(),
                state.phase(),
                state.attempt(),
                new ContainerState.Waiting(waiting.reason(), waiting.message(), moved(waiting.retryAt())),
                run(state.run()),
                backOff(state.backOff()),
                state.last());
    }

    private ContainerState.Run run(ContainerState.Run run) {
        return new ContainerState.Run(
                run.containerId(),
                run.pid(),
                run.startedAt(),
                moved(run.termSentAt()),
                moved(run.killSentAt()),
                resources(run.resources()),
                probes(run.probes()),
                hooks(run.hooks()),
                run.stopSignal());
    }

    private @Nullable ResourceState resources(@Nullable ResourceState state) {
        return state == null
                ? null
                : new ResourceState(state.inForce(), state.refused(), state.message(), moved(state.retryAt()));
    }

    private @Nullable Map<ProbeSpec.Kind, ProbeState> probes(@Nullable Map<ProbeSpec.Kind, ProbeState> probes) {
        if (probes == null) {
            return null;
        }
        Map<ProbeSpec.Kind, ProbeState> moved = new EnumMap<>(ProbeSpec.Kind.class);
        probes.forEach((kind, probe) -> moved.put(
                kind,
                new ProbeState(
                        probe.verdict(), probe.due().plus(by), moved(probe.asked()), probe.well(), probe.same())));
        return moved;
    }

    private @Nullable HookState hooks(@Nullable HookState hooks) {
        return hooks == null
                ? null
                : new HookState(
                        moved(hooks.postStartAt()),
                        hooks.postStartFailed(),
                        moved(hooks.preStopAt()),
                        moved(hooks.preStopDoneAt()));
    }

    private ImageState image(ImageState state) {
        return new ImageState(
                state.reference(),
                state.phase(),
                state.requestId(),
                state.at().plus(by),
                state.askedAt().plus(by),
                state.localAsked(),
                backOff(state.backOff()),
                state.reason(),
                state.message(),
                state.facts());
    }
}
