package dev.waybill.node.agent;

import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.PodStateMachine;
import dev.waybill.node.store.StoredPod;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.TraceContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One pod on this node: takes what happens out of its mailbox, lets the state machine decide, saves, acts, reports.
 * Messages may come from any thread; they are worked off by one at a time.
 */
final class PodWorker {
    private static final Logger log = LoggerFactory.getLogger(PodWorker.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final NodeHost host;
    private final PodEffects effects;
    private final PodIndex index;
    private final Executor threads;
    private final Queue<PodMessage> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean busy = new AtomicBoolean();

    private volatile PodSpec pod;
    private volatile PodState state;
    private String json;
    private long revision;
    private volatile TraceContext trace;
    private final PodReport report;
    private final ClockWatch clockWatch;
    private String failure = "";

    PodWorker(
            NodeHost host,
            PodEffects effects,
            PodIndex index,
            NodeEvents events,
            Clock clock,
            Executor threads,
            PodMessage.Assigned assigned,
            @Nullable StoredPod remembered) {
        this.host = host;
        this.effects = effects;
        this.index = index;
        this.threads = threads;
        this.clockWatch = new ClockWatch(clock, remembered == null ? null : remembered.clock());
        this.pod = assigned.pod();
        this.json = assigned.json();
        this.revision = assigned.revision();
        this.trace = assigned.trace();
        this.state = remembered == null ? PodState.fresh(pod, clock.instant()) : remembered.state();
        this.report = new PodReport(events, host.address(), clock, remembered == null ? "" : remembered.status());
    }

    PodSpec pod() {
        return pod;
    }

    PodState state() {
        return state;
    }

    NodeEvents.Subject subject() {
        return new NodeEvents.Subject(pod, trace);
    }

    void post(PodMessage message) {
        mailbox.add(message);
        if (busy.compareAndSet(false, true)) {
            begin();
        }
    }

    private void begin() {
        try {
            threads.execute(this::work);
        } catch (RejectedExecutionException e) {
            // The agent ends; its next start finds out.
            busy.set(false);
        }
    }

    private void work() {
        try {
            for (PodMessage message = mailbox.poll(); message != null; message = mailbox.poll()) {
                take(message);
                if (mailbox.isEmpty()) {
                    advance();
                    report.tell(subject(), state, this::save);
                    failure = "";
                }
            }
        } catch (RuntimeException e) {
            // A full disk would say so at every tick.
            if (!failure.equals(e.toString())) {
                failure = e.toString();
                log.error("pod {}: {}", pod.key(), failure, e);
            }
        } finally {
            busy.set(false);
            if (!mailbox.isEmpty() && busy.compareAndSet(false, true)) {
                begin();
            }
        }
    }

    private void take(PodMessage message) {
        switch (message) {
            case PodMessage.Assigned assigned -> {
                if (assigned.revision() > revision) {
                    json = keepingClass(assigned);
                    pod = assigned.pod().keeping(pod.qosClass());
                    revision = assigned.revision();
                    trace = assigned.trace();
                    save();
                }
            }
            case PodMessage.Happened(PodFact fact) -> replay(fact);
            case PodMessage.Exited(String id) -> exited(id);
            case PodMessage.ObjectChanged() -> {
                replay(new PodFact.ObjectArrived());
                effects.refreshVolumes(pod, state);
            }
            case PodMessage.Recover() -> {
                Instant now = now();
                state = effects.recover(subject(), state, now);
                save();
            }
            case PodMessage.Tick() -> {
                lookAfterProcesses();
                effects.refreshTokens(pod, state);
            }
        }
    }

    /** The manifest; the class of service, by which the pod's control group is found, stays what it was. */
    private String keepingClass(PodMessage.Assigned assigned) {
        if (assigned.pod().qosClass() == pod.qosClass()
                || !(JSON.readTree(assigned.json()) instanceof ObjectNode tree)) {
            return assigned.json();
        }
        tree.withObject("/status").put("qosClass", pod.qosClass().text());
        return tree.toString();
    }

    private void replay(PodFact fact) {
        Instant now = now();
        state = PodStateMachine.replay(pod, state, fact, now);
    }

    /**
     * The time by which to decide, to be asked for before the state: where the clock was set since the last time, the
     * pod's times move with it. Each time anew, since what a pod needs done takes a while.
     */
    private Instant now() {
        clockWatch.look().ifPresent(by -> {
            log.info("pod {}: the clock was set by {}", pod.key(), by);
            state = PodStateMachine.replay(
                    pod, state, new PodFact.ClockMoved(by), clockWatch.reading().at());
        });
        return clockWatch.reading().at();
    }

    private void exited(String id) {
        for (ContainerState container : state.containers().values()) {
            if (container.phase() == ContainerState.Phase.RUNNING
                    && container.containerId().equals(id)) {
                effects.containers().ended(subject(), container).ifPresent(termination -> {
                    replay(new PodFact.ContainerEnded(container.name(), container.attempt(), termination));
                    save();
                    effects.containers().clear(pod, container);
                });
            }
        }
    }

    /** Exits that nobody announced, since the watcher or conmon itself was not there. */
    private void lookAfterProcesses() {
        for (ContainerState container : state.containers().values()) {
            if (container.phase() != ContainerState.Phase.RUNNING) {
                continue;
            }
            if (effects.containers().runs(container)) {
                effects.containers().endWithoutShim(pod, container);
            } else {
                endedUnseen(container);
            }
        }
    }

    private void endedUnseen(ContainerState container) {
        exited(container.containerId());
        ContainerState now = state.container(container.name());
        if (now.phase() == ContainerState.Phase.RUNNING && effects.containers().gone(pod, now)) {
            replay(new PodFact.ContainerEnded(
                    container.name(), container.attempt(), effects.containers().lost(subject(), now, now())));
            save();
            effects.containers().clear(pod, container);
        }
    }

    private void advance() {
        boolean acted = true;
        while (acted) {
            acted = false;
            Instant now = now();
            PodStateMachine.Decision decision = PodStateMachine.decide(pod, state, now, EventRecords.newId());
            if (!decision.state().equals(state)) {
                decided(decision.state());
            }
            for (var effect : decision.effects()) {
                PodEffects.Result result = effects.carryOut(effect, subject(), state, () -> report.status(pod, state));
                result.facts().forEach(this::replay);
                acted |= !result.facts().isEmpty();
                if (result.forgotten()) {
                    return;
                }
            }
            if (acted) {
                save();
            }
        }
    }

    /** A state that could not be saved does not count: it is decided again, with its effects. */
    private void decided(PodState next) {
        PodState before = state;
        state = next;
        try {
            save();
        } catch (RuntimeException e) {
            state = before;
            throw e;
        }
    }

    private void save() {
        if (!index.isForgotten(pod.uid())) {
            host.store()
                    .savePod(
                            pod.uid(),
                            new StoredPod(
                                    revision, trace.traceparent(), json, state, report.last(), clockWatch.reading()));
        }
    }

    /** The same for a pod that no agent runs any more. */
    boolean endLeftover(Duration grace) {
        mailbox.add(new PodMessage.Recover());
        return shutDown(grace);
    }

    /** Ends the containers and the sandbox as a restart of the machine would, on the caller's thread. True when it did. */
    boolean shutDown(Duration grace) {
        while (!busy.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        try {
            for (PodMessage message = mailbox.poll(); message != null; message = mailbox.poll()) {
                take(message);
            }
            Duration limit = Duration.ofSeconds(Math.min(grace.toSeconds(), pod.gracePeriodSeconds()));
            effects.containers().endAll(pod, state, limit);
            state.containers().values().stream()
                    .filter(container -> container.phase() == ContainerState.Phase.RUNNING)
                    .forEach(container -> exited(container.containerId()));
            if (state.sandbox() != PodState.Sandbox.REMOVED) {
                effects.removeSandbox(pod, state);
                replay(new PodFact.SandboxLost());
            }
            save();
            return true;
        } catch (RuntimeException e) {
            log.error("pod {} could not be stopped: {}", pod.key(), e.toString(), e);
            return false;
        }
    }
}
