package dev.waybill.gateway.metrics.kafka;

import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.gateway.metrics.UsageBook;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.UnexpectedEventException;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Notes what containers use. Every gateway reads all of it, so that each can answer. */
@Configuration(proxyBeanMethods = false)
public class UsageConfiguration {

    @Bean
    UsageBook usageBook() {
        return new UsageBook(Clock.systemUTC());
    }

    @Bean
    Consumer<List<ReceivedEvent>> noteUsage(EventHandlers handlers, UsageBook book) {
        return handlers.forEach("noteUsage", received -> {
            if (!(received.event() instanceof ContainerUsageSampled sample)) {
                throw new UnexpectedEventException(received);
            }
            book.note(sample);
        });
    }
}
