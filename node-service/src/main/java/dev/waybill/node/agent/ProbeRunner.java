package dev.waybill.node.agent;

import dev.waybill.events.ContainerRef;
import dev.waybill.node.pod.PodEffect;
import dev.waybill.node.pod.PodFact;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;

/** Runs probes beside the pods' own threads, a bounded number at once, and hands each answer to its pod. Thread-safe. */
final class ProbeRunner implements AutoCloseable {
    private static final int AT_ONCE = 32;

    private final Prober prober;
    private final NodeEvents events;
    private final BiConsumer<String, PodFact> answers;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(AT_ONCE);

    /** {@code answers} takes a pod's UID and what was learnt. */
    ProbeRunner(Prober prober, NodeEvents events, BiConsumer<String, PodFact> answers) {
        this.prober = prober;
        this.events = events;
        this.answers = answers;
    }

    void run(PodEffect.RunProbe probe, NodeEvents.Subject subject, ContainerRef reference, String podIp) {
        try {
            threads.execute(() -> ask(probe, subject, reference, podIp));
        } catch (RejectedExecutionException e) {
            // The agent ends; the next one asks again.
        }
    }

    /** Carries out a hook; hooks may take long, so they take no place of probes. */
    void run(PodEffect.RunHook hook, NodeEvents.Subject subject, ContainerRef reference, String podIp) {
        try {
            threads.execute(() -> {
                Optional<String> trouble = prober.run(hook.action(), hook.containerId(), podIp, hook.limit());
                if (threads.isShutdown()) {
                    return;
                }
                trouble.ifPresent(message -> events.containerHookFailed(
                        subject, reference, hook.hook().text(), message));
                answers.accept(
                        subject.pod().uid(),
                        new PodFact.HookEnded(hook.container(), hook.attempt(), hook.hook(), trouble.isEmpty()));
            });
        } catch (RejectedExecutionException e) {
            // The agent ends; a container that was to end is ended by its grace period.
        }
    }

    private void ask(PodEffect.RunProbe probe, NodeEvents.Subject subject, ContainerRef reference, String podIp) {
        places.acquireUninterruptibly();
        Optional<String> trouble;
        try {
            trouble = prober.ask(
                    probe.probe().action(),
                    probe.containerId(),
                    podIp,
                    probe.probe().timeout());
        } finally {
            places.release();
        }
        if (threads.isShutdown()) {
            return;
        }
        trouble.ifPresent(message ->
                events.containerProbeFailed(subject, reference, probe.kind().text(), message));
        answers.accept(
                subject.pod().uid(),
                new PodFact.ProbeAnswered(probe.container().name(), probe.attempt(), probe.kind(), trouble.isEmpty()));
    }

    @Override
    public void close() {
        threads.shutdownNow();
        prober.close();
    }
}
