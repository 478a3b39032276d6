package dev.waybill.node.pod;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a container of a pod has reached: WAITING (reason, retry time) -> STARTING -> RUNNING -> ENDED -> WAITING ...
 * Immutable.
 *
 * @param attempt 0 for the first start, then the restart count
 * @param resources null unless it is starting or running
 * @param probes answers since it runs; null is none
 * @param hooks how far its hooks are since it runs; null is not begun
 */
public record ContainerState(
        String name,
        Phase phase,
        int attempt,
        String containerId,
        int pid,
        @Nullable Instant startedAt,
        String waitingReason,
        String waitingMessage,
        @Nullable Instant retryAt,
        BackOff backOff,
        @Nullable Termination last,
        @Nullable Instant termSentAt,
        @Nullable Instant killSentAt,
        @Nullable ResourceState resources,
        @Nullable Map<ProbeSpec.Kind, ProbeState> probes,
        @Nullable HookState hooks) {

    /** Where the container stands. */
    public enum Phase {
        WAITING,
        STARTING,
        RUNNING,
        ENDED
    }

    public static final String CREATING = "ContainerCreating";
    public static final String POD_INITIALIZING = "PodInitializing";
    public static final String CRASH_LOOP = "CrashLoopBackOff";

    static ContainerState fresh(String name, String reason) {
        return new ContainerState(
                name,
                Phase.WAITING,
                0,
                "",
                0,
                null,
                reason,
                "",
                null,
                BackOff.NONE,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    ContainerState starting(ContainerSpec.Wishes wishes) {
        return new ContainerState(
                name,
                Phase.STARTING,
                attempt,
                "",
                0,
                null,
                CREATING,
                "",
                null,
                backOff,
                last,
                null,
                null,
                ResourceState.of(wishes),
                null,
                null);
    }

    ContainerState waiting(String reason, String message, @Nullable Instant retry) {
        return new ContainerState(
                name,
                Phase.WAITING,
                attempt,
                "",
                0,
                null,
                reason,
                message,
                retry,
                backOff,
                last,
                null,
                null,
                null,
                null,
                null);
    }

    ContainerState nextAttempt(String reason, String message, @Nullable Instant retry, BackOff newBackOff) {
        return new ContainerState(
                name,
                Phase.WAITING,
                attempt + 1,
                "",
                0,
                null,
                reason,
                message,
                retry,
                newBackOff,
                last,
                null,
                null,
                null,
                null,
                null);
    }

    ContainerState running(String id, int newPid, Instant since) {
        return new ContainerState(
                name,
                Phase.RUNNING,
                attempt,
                id,
                newPid,
                since,
                "",
                "",
                null,
                backOff,
                last,
                null,
                null,
                resources,
                null,
                null);
    }

    ContainerState ended(Termination termination) {
        return new ContainerState(
                name,
                Phase.ENDED,
                attempt,
                termination.containerId(),
                0,
                termination.startedAt(),
                "",
                "",
                null,
                backOff,
                termination,
                null,
                null,
                null,
                null,
                null);
    }

    ContainerState signalled(@Nullable Instant term, @Nullable Instant kill) {
        return new ContainerState(
                name,
                phase,
                attempt,
                containerId,
                pid,
                startedAt,
                waitingReason,
                waitingMessage,
                retryAt,
                backOff,
                last,
                term,
                kill,
                resources,
                probes,
                hooks);
    }

    ContainerState with(ResourceState newResources) {
        return new ContainerState(
                name,
                phase,
                attempt,
                containerId,
                pid,
                startedAt,
                waitingReason,
                waitingMessage,
                retryAt,
                backOff,
                last,
                termSentAt,
                killSentAt,
                newResources,
                probes,
                hooks);
    }

    ContainerState with(HookState newHooks) {
        return new ContainerState(
                name,
                phase,
                attempt,
                containerId,
                pid,
                startedAt,
                waitingReason,
                waitingMessage,
                retryAt,
                backOff,
                last,
                termSentAt,
                killSentAt,
                resources,
                probes,
                newHooks);
    }

    HookState hookState() {
        return hooks == null ? HookState.NONE : hooks;
    }

    Optional<ProbeState> probe(ProbeSpec.Kind kind) {
        return probes == null ? Optional.empty() : Optional.ofNullable(probes.get(kind));
    }

    ContainerState with(ProbeSpec.Kind kind, ProbeState probe) {
        Map<ProbeSpec.Kind, ProbeState> changed = new EnumMap<>(ProbeSpec.Kind.class);
        if (probes != null) {
            changed.putAll(probes);
        }
        changed.put(kind, probe);
        return new ContainerState(
                name,
                phase,
                attempt,
                containerId,
                pid,
                startedAt,
                waitingReason,
                waitingMessage,
                retryAt,
                backOff,
                last,
                termSentAt,
                killSentAt,
                resources,
                changed,
                hooks);
    }

    boolean live() {
        return phase == Phase.STARTING || phase == Phase.RUNNING;
    }

    /** Restarts that happened; one that is still waited for is not counted yet. */
    public int restarts() {
        return phase == Phase.WAITING ? Math.max(0, attempt - 1) : attempt;
    }

    public boolean succeeded() {
        return phase == Phase.ENDED && last != null && last.exitCode() == 0;
    }
}
