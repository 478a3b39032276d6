package dev.waybill.runtime;

import java.time.Clock;
import org.springframework.cloud.stream.config.ConsumerEndpointCustomizer;
import org.springframework.core.env.Environment;
import org.springframework.integration.context.IntegrationObjectSupport;
import org.springframework.integration.kafka.inbound.KafkaMessageDrivenChannelAdapter;

/**
 * Lets a binding start each time at the records of the last while, whatever it has committed: for events that are
 * worth nothing later. Set by {@code waybill.bindings.<function>.start-from}. A start at the end of a topic would lose
 * what is published while the consumer asks where that end is. Stateless.
 */
final class RecentStart implements ConsumerEndpointCustomizer<KafkaMessageDrivenChannelAdapter<?, ?>> {
    private static final String INPUT = "-in-0";

    private final Environment environment;
    private final Clock clock;

    RecentStart(Environment environment, Clock clock) {
        this.environment = environment;
        this.clock = clock;
    }

    @Override
    public void configure(KafkaMessageDrivenChannelAdapter<?, ?> endpoint, String destination, String group) {
        if (!(endpoint.getOutputChannel() instanceof IntegrationObjectSupport input)) {
            return;
        }
        String function = String.valueOf(input.getComponentName()).replace(INPUT, "");
        BindingSettings.duration(environment, function, "start-from")
                .ifPresent(window ->
                        endpoint.setOnPartitionsAssignedSeekCallback((partitions, seek) -> seek.seekToTimestamp(
                                partitions.keySet(),
                                clock.instant().minus(window).toEpochMilli())));
    }
}
