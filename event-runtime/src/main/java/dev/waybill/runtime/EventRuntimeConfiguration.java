package dev.waybill.runtime;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * The beans of this package. A service imports {@code classpath:event-runtime.yml} in its configuration for the
 * settings of its bindings.
 */
@AutoConfiguration
public class EventRuntimeConfiguration {

    @Bean
    KafkaConnection kafkaConnection(Environment environment) {
        // Texts, since the dots of a name such as security.protocol would make maps in maps of anything else.
        Map<String, Object> overrides = new HashMap<>(Binder.get(environment)
                .bind("waybill.kafka.properties", Bindable.mapOf(String.class, String.class))
                .orElse(Map.of()));
        String nodeKey = environment.getProperty("waybill.node.key-file", "");
        if (!nodeKey.isEmpty()) {
            overrides.put(EventOrBytesSerializer.NODE_KEY_FILE, nodeKey);
        }
        return new KafkaConnection(
                environment.getRequiredProperty("waybill.kafka.bootstrap-servers"),
                environment.getRequiredProperty("waybill.registry.url"),
                overrides);
    }

    @Bean
    KafkaEventPublisher eventPublisher(KafkaConnection connection, Environment environment) {
        return new KafkaEventPublisher(connection, serviceName(environment));
    }

    @Bean
    DeadLetters deadLetters(KafkaConnection connection) {
        return new DeadLetters(connection);
    }

    @Bean
    EventHandlers eventHandlers(KafkaEventPublisher publisher, DeadLetters deadLetters, Environment environment) {
        return new EventHandlers(publisher, deadLetters, serviceName(environment));
    }

    @Bean
    ReceivedEventsConverter receivedEvents() {
        return new ReceivedEventsConverter();
    }

    @Bean
    BindingGate bindingGate(ApplicationContext context, Environment environment) {
        String definition = environment.getProperty("spring.cloud.function.definition", "");
        List<String> functions =
                definition.isBlank() ? List.of() : List.of(definition.strip().split("\\s*;\\s*"));
        return new BindingGate(context, functions, rests(functions, environment));
    }

    /** How long bindings rest, by the destination that they are bound to. */
    private static Map<String, Duration> rests(List<String> functions, Environment environment) {
        Map<String, Duration> rests = new HashMap<>();
        for (String function : functions) {
            BindingSettings.duration(environment, function, "rest")
                    .ifPresent(rest -> rests.put(
                            environment.getRequiredProperty(
                                    "spring.cloud.stream.bindings." + function + "-in-0.destination"),
                            rest));
        }
        return rests;
    }

    @Bean
    RecentStart recentStart(Environment environment) {
        return new RecentStart(environment, Clock.systemUTC());
    }

    private static String serviceName(Environment environment) {
        return environment.getRequiredProperty("waybill.service");
    }
}
