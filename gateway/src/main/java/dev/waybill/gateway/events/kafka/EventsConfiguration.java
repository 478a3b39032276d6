package dev.waybill.gateway.events.kafka;

import dev.waybill.gateway.state.kafka.KafkaResourceTail;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceLogWriter;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.ReceivedEvent;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The recorder of Events between its binding, the tail and the request topic. */
@Configuration(proxyBeanMethods = false)
public class EventsConfiguration {

    @Bean
    EventRecorder eventRecorder(RequestClient requests, KafkaResourceTail tail) {
        return new EventRecorder(requests, tail);
    }

    /** The topics of containers, images, scheduling and quota. */
    @Bean
    Consumer<List<ReceivedEvent>> recordEvents(EventHandlers handlers, EventRecorder recorder) {
        return handlers.forEach("recordEvents", recorder::record);
    }

    @Bean
    ChangeListener eventChangeListener(
            EventRecorder recorder, KafkaResourceTail tail, ResourceLogWriter writer, BindingGate gate) {
        return new ChangeListener(recorder, tail, writer, gate);
    }
}
