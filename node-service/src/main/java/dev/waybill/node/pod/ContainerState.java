package dev.waybill.node.pod;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a container of a pod has reached: WAITING (reason, retry time) -> STARTING -> RUNNING -> ENDED -> WAITING ...
 * On the disk its parts lie side by side. Immutable.
 *
 * @param attempt 0 for the first start, then the restart count
 * @param last how it ended the last time
 */
public record ContainerState(
        String name,
        Phase phase,
        int attempt,
        @JsonUnwrapped Waiting waiting,
        @JsonUnwrapped Run run,
        BackOff backOff,
        @Nullable Termination last) {

    /** Where the container stands. */
    public enum Phase {
        WAITING,
        STARTING,
        RUNNING,
        ENDED
    }

    /** What it waits for: Kubernetes' reason and message, empty when it does not wait. */
    public record Waiting(
            @JsonProperty("waitingReason") String reason,
            @JsonProperty("waitingMessage") String message,
            @Nullable Instant retryAt) {
        static final Waiting NOT = new Waiting("", "", null);
    }

    /**
     * One run of its process.
     *
     * @param containerId empty until there is one
     * @param resources null unless it is starting or running
     * @param probes answers since it runs; null is none
     * @param hooks how far its hooks are since it runs; null is not begun
     * @param stopSignal name of what ends it, as it was when it was started; null is SIGTERM
     */
    public record Run(
            String containerId,
            int pid,
            @Nullable Instant startedAt,
            @Nullable Instant termSentAt,
            @Nullable Instant killSentAt,
            @Nullable ResourceState resources,
            @Nullable Map<ProbeSpec.Kind, ProbeState> probes,
            @Nullable HookState hooks,
            @Nullable String stopSignal) {
        static final Run NONE = begun("", 0, null, null, null);

        static Run begun(
                String id,
                int pid,
                @Nullable Instant since,
                @Nullable ResourceState resources,
                @Nullable String stopSignal) {
            return new Run(id, pid, since, null, null, resources, null, null, stopSignal);
        }

        Run signalled(@Nullable Instant term, @Nullable Instant kill) {
            return new Run(containerId, pid, startedAt, term, kill, resources, probes, hooks, stopSignal);
        }

        Run with(ResourceState newResources) {
            return new Run(
                    containerId, pid, startedAt, termSentAt, killSentAt, newResources, probes, hooks, stopSignal);
        }

        Run with(HookState newHooks) {
            return new Run(
                    containerId, pid, startedAt, termSentAt, killSentAt, resources, probes, newHooks, stopSignal);
        }

        Run with(ProbeSpec.Kind kind, ProbeState probe) {
            Map<ProbeSpec.Kind, ProbeState> changed = new EnumMap<>(ProbeSpec.Kind.class);
            if (probes != null) {
                changed.putAll(probes);
            }
            changed.put(kind, probe);
            return new Run(containerId, pid, startedAt, termSentAt, killSentAt, resources, changed, hooks, stopSignal);
        }
    }

    public static final String CREATING = "ContainerCreating";
    public static final String POD_INITIALIZING = "PodInitializing";
    public static final String CRASH_LOOP = "CrashLoopBackOff";

    static ContainerState fresh(String name, String reason) {
        return new ContainerState(name, Phase.WAITING, 0, new Waiting(reason, "", null), Run.NONE, BackOff.NONE, null);
    }

    private ContainerState in(Phase next, Waiting newWaiting, Run newRun) {
        return new ContainerState(name, next, attempt, newWaiting, newRun, backOff, last);
    }

    private ContainerState with(Run newRun) {
        return in(phase, waiting, newRun);
    }

    ContainerState starting(ContainerSpec.Wishes wishes, StopSignal signal) {
        return in(
                Phase.STARTING,
                new Waiting(CREATING, "", null),
                Run.begun("", 0, null, ResourceState.of(wishes), signal.name()));
    }

    ContainerState waiting(String reason, String message, @Nullable Instant retry) {
        return in(Phase.WAITING, new Waiting(reason, message, retry), Run.NONE);
    }

    ContainerState nextAttempt(String reason, String message, @Nullable Instant retry, BackOff newBackOff) {
        return new ContainerState(
                name, Phase.WAITING, attempt + 1, new Waiting(reason, message, retry), Run.NONE, newBackOff, last);
    }

    ContainerState running(String id, int pid, Instant since) {
        return in(Phase.RUNNING, Waiting.NOT, Run.begun(id, pid, since, run.resources(), run.stopSignal()));
    }

    ContainerState ended(Termination termination) {
        Run over = Run.begun(termination.containerId(), 0, termination.startedAt(), null, null);
        return new ContainerState(name, Phase.ENDED, attempt, Waiting.NOT, over, backOff, termination);
    }

    ContainerState signalled(@Nullable Instant term, @Nullable Instant kill) {
        return with(run.signalled(term, kill));
    }

    ContainerState with(ResourceState resources) {
        return with(run.with(resources));
    }

    ContainerState with(HookState hooks) {
        return with(run.with(hooks));
    }

    ContainerState with(ProbeSpec.Kind kind, ProbeState probe) {
        return with(run.with(kind, probe));
    }

    public String containerId() {
        return run.containerId();
    }

    public int pid() {
        return run.pid();
    }

    public @Nullable Instant startedAt() {
        return run.startedAt();
    }

    public String waitingReason() {
        return waiting.reason();
    }

    public String waitingMessage() {
        return waiting.message();
    }

    @Nullable
    Instant retryAt() {
        return waiting.retryAt();
    }

    @Nullable
    Instant termSentAt() {
        return run.termSentAt();
    }

    @Nullable
    Instant killSentAt() {
        return run.killSentAt();
    }

    public @Nullable ResourceState resources() {
        return run.resources();
    }

    /** What asks its process to end. */
    public StopSignal stopSignal() {
        return run.stopSignal() == null
                ? StopSignal.TERM
                : StopSignal.parse(run.stopSignal()).orElse(StopSignal.TERM);
    }

    HookState hookState() {
        return run.hooks() == null ? HookState.NONE : run.hooks();
    }

    Optional<ProbeState> probe(ProbeSpec.Kind kind) {
        return run.probes() == null
                ? Optional.empty()
                : Optional.ofNullable(run.probes().get(kind));
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
