package dev.waybill.scheduler.kafka;

import dev.waybill.events.BindRefused;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.UnexpectedEventException;
import dev.waybill.scheduler.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The scheduler between its bindings. */
@Configuration(proxyBeanMethods = false)
public class SchedulerConfiguration {
    private static final Logger log = LoggerFactory.getLogger(SchedulerConfiguration.class);

    @Bean
    Scheduler scheduler(EventPublisher publisher) {
        return new Scheduler(new KafkaDecisions(publisher), Instant.now());
    }

    @Bean
    Consumer<List<ReceivedEvent>> onHeartbeat(EventHandlers handlers, Scheduler scheduler) {
        return handlers.forEach("onHeartbeat", received -> {
            if (!(received.event() instanceof NodeHeartbeat heartbeat)) {
                throw new UnexpectedEventException(received);
            }
            // The record's own time: heartbeats that piled up during an outage say nothing about now.
            scheduler.heartbeat(heartbeat.getNodeName(), received.timestamp());
        });
    }

    @Bean
    Consumer<List<ReceivedEvent>> onSchedulingEvent(EventHandlers handlers, Scheduler scheduler) {
        return handlers.forEach("onSchedulingEvent", received -> {
            switch (received.event()) {
                case BindRefused refused -> {
                    log.info(
                            "{}/{} was not bound: {}", refused.getNamespace(), refused.getName(), refused.getMessage());
                    scheduler.refused(refused.getPodUid());
                    scheduler.decide(Instant.now());
                }
                case PodBound own -> {}
                case PodUnschedulable own -> {}
                default -> throw new UnexpectedEventException(received);
            }
        });
    }

    @Bean
    Consumer<List<ReceivedEvent>> onOutcome(EventHandlers handlers, Scheduler scheduler) {
        return handlers.forEach("onOutcome", received -> {
            if (!(received.event() instanceof RequestOutcome outcome)) {
                throw new UnexpectedEventException(received);
            }
            boolean stale = outcome.getReason().equals("Conflict")
                    || outcome.getReason().equals("AlreadyExists")
                    || outcome.getReason().equals("NotFound");
            String refusal = outcome.getAccepted() || stale ? "" : outcome.getMessage();
            scheduler.answered(outcome.getRequestId(), outcome.getRevision(), refusal, Instant.now());
        });
    }

    @Bean
    SmartLifecycle schedulerLoop(KafkaConnection connection, Scheduler scheduler, BindingGate gate) {
        return new Loop(connection, scheduler, gate);
    }

    /** Replays the log, opens the bindings, then lets time pass. */
    private static final class Loop implements SmartLifecycle {
        /** Under load pods are placed in batches, which share the search for nodes and the writer's commit. */
        private static final Duration DECISION_GAP = Duration.ofMillis(30);

        private final LogTail tail;
        private final Scheduler scheduler;
        private final ScheduledExecutorService clock;
        private volatile boolean running;

        Loop(KafkaConnection connection, Scheduler scheduler, BindingGate gate) {
            this.scheduler = scheduler;
            this.tail = new LogTail(
                    connection, Topics.RESOURCES, DECISION_GAP, new ResourceLogListener(scheduler, gate::open));
            this.clock = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("scheduler-clock").daemon().factory());
        }

        @Override
        public void start() {
            running = true;
            tail.start();
            clock.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
        }

        private void tick() {
            try {
                scheduler.tick(Instant.now());
            } catch (RuntimeException e) {
                log.error("a tick failed", e); // the next one comes all the same
            }
        }

        @Override
        public void stop() {
            running = false;
            clock.shutdownNow();
            tail.close();
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        /** After the bindings were made, which the gate starts. */
        @Override
        public int getPhase() {
            return Integer.MAX_VALUE;
        }
    }
}
