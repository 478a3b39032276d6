package dev.waybill.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.stream.binding.BindingsLifecycleController;
import org.springframework.cloud.stream.config.ListenerContainerCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Holds a service's bindings back until the service has caught up with the logs that it replays, and says when each
 * binding has its partitions. Bindings are declared with {@code auto-startup=false} and started by {@link #open}.
 * One whose work can wait rests between its batches, so that the first event after a quiet while is handled at once and
 * many that follow each other cost less: set by {@code waybill.bindings.<function>.rest}. Safe for several threads.
 */
public final class BindingGate implements ListenerContainerCustomizer<AbstractMessageListenerContainer<?, ?>> {
    private static final Logger log = LoggerFactory.getLogger(BindingGate.class);
    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    /** Handlers bear repetition, so a commit for every batch would only cost: a crash repeats the last second. */
    private static final long COMMIT_MILLIS = 1_000;

    private final ApplicationContext context;
    private final List<String> inputs;
    private final Map<String, Duration> rests;
    private final List<AbstractMessageListenerContainer<?, ?>> containers = new CopyOnWriteArrayList<>();

    /** @param rests by destination, how long its binding rests after a batch */
    BindingGate(ApplicationContext context, List<String> functions, Map<String, Duration> rests) {
        this.context = context;
        this.inputs = functions.stream().map(function -> function + "-in-0").toList();
        this.rests = Map.copyOf(rests);
    }

    /** Starts every binding of the service. */
    public void open() {
        BindingsLifecycleController bindings = context.getBean(BindingsLifecycleController.class);
        for (String input : inputs) {
            bindings.start(input);
        }
        log.info("bindings started: {}", inputs);
    }

    /** Whether every binding runs and has been given partitions. */
    public boolean ready() {
        return containers.size() >= inputs.size() && containers.stream().allMatch(BindingGate::hasPartitions);
    }

    @Override
    public void configure(AbstractMessageListenerContainer<?, ?> container, String destination, String group) {
        ExponentialBackOff backOff = new ExponentialBackOff(FIRST_PAUSE_MILLIS, 2);
        backOff.setMaxInterval(LONGEST_PAUSE_MILLIS);
        container.setCommonErrorHandler(new DefaultErrorHandler(backOff));
        container.getContainerProperties().setAckMode(ContainerProperties.AckMode.TIME);
        container.getContainerProperties().setAckTime(COMMIT_MILLIS);
        container
                .getContainerProperties()
                .setIdleBetweenPolls(
                        rests.getOrDefault(destination, Duration.ZERO).toMillis());
        containers.add(container);
    }

    private static boolean hasPartitions(AbstractMessageListenerContainer<?, ?> container) {
        var partitions = container.getAssignedPartitions();
        return container.isRunning() && partitions != null && !partitions.isEmpty();
    }
}
