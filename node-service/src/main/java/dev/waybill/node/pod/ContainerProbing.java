package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.ProbeSpec.Kind;
import dev.waybill.node.pod.ProbeState.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Probes of containers that run: until the startup probe passed, no other is asked; a failed startup or liveness probe
 * ends the container, a readiness probe says whether it is ready. Pure.
 */
final class ContainerProbing {
    private ContainerProbing() {}

    /** The state with what is asked now. */
    static PodState decide(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        for (ContainerSpec container : pod.allContainers().toList()) {
            for (Kind kind : container.probes().keySet()) {
                next = ask(container, kind, next, now, effects);
            }
        }
        return next;
    }

    private static PodState ask(
            ContainerSpec container, Kind kind, PodState state, Instant now, List<PodEffect> effects) {
        ContainerState reached = state.container(container.name());
        ProbeSpec spec = container.probes().get(kind);
        boolean early = kind != Kind.STARTUP && !started(container, reached);
        if (spec == null || reached.phase() != Phase.RUNNING || early || over(kind, reached)) {
            return state;
        }
        ProbeState probe = reached.probe(kind)
                .orElseGet(() -> ProbeState.fresh(spec, reached.startedAt() == null ? now : reached.startedAt()));
        if (!probe.isDue(spec, now)) {
            return state;
        }
        effects.add(new PodEffect.RunProbe(container, reached.attempt(), reached.containerId(), kind, spec));
        return state.with(reached.with(kind, probe.asking(spec, now)));
    }

    /** A startup probe that passed is not asked again, and one that failed for good has its container ended. */
    private static boolean over(Kind kind, ContainerState reached) {
        return reached.probe(kind)
                .map(ProbeState::verdict)
                .filter(verdict -> (kind == Kind.STARTUP && verdict == Verdict.PASSED)
                        || (kind != Kind.READINESS && verdict == Verdict.FAILED))
                .isPresent();
    }

    /** How long a container that failed its probe has to end; empty for one that did not. */
    static Optional<Duration> grace(PodSpec pod, ContainerSpec container, ContainerState reached) {
        for (Kind kind : List.of(Kind.STARTUP, Kind.LIVENESS)) {
            ProbeSpec spec = container.probes().get(kind);
            boolean failed = reached.probe(kind)
                    .filter(probe -> probe.verdict() == Verdict.FAILED)
                    .isPresent();
            if (spec != null && failed && reached.phase() == Phase.RUNNING) {
                return Optional.of(spec.grace() != null ? spec.grace() : Duration.ofSeconds(pod.gracePeriodSeconds()));
            }
        }
        return Optional.empty();
    }

    static boolean started(ContainerSpec container, ContainerState reached) {
        return reached.phase() == Phase.RUNNING
                && (!container.probes().containsKey(Kind.STARTUP) || passed(reached, Kind.STARTUP));
    }

    static boolean ready(ContainerSpec container, ContainerState reached) {
        return started(container, reached)
                && (!container.probes().containsKey(Kind.READINESS) || passed(reached, Kind.READINESS));
    }

    private static boolean passed(ContainerState reached, Kind kind) {
        return reached.probe(kind)
                .filter(probe -> probe.verdict() == Verdict.PASSED)
                .isPresent();
    }

    static PodState replay(PodSpec pod, PodState state, PodFact.ProbeAnswered fact) {
        ContainerState reached = state.container(fact.container());
        if (reached.attempt() != fact.attempt() || reached.phase() != Phase.RUNNING) {
            return state;
        }
        return pod.allContainers()
                .filter(container -> container.name().equals(fact.container()))
                .findFirst()
                .map(container -> container.probes().get(fact.kind()))
                .flatMap(spec -> reached.probe(fact.kind())
                        .map(probe -> state.with(reached.with(fact.kind(), probe.answered(spec, fact.well())))))
                .orElse(state);
    }
}
