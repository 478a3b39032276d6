package dev.waybill.gateway;

import dev.waybill.gateway.events.kafka.EventsConfiguration;
import dev.waybill.gateway.http.HttpConfiguration;
import dev.waybill.gateway.metrics.kafka.UsageConfiguration;
import dev.waybill.gateway.state.kafka.WriterConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The gateway as a program of its own, configured by {@code gateway.yml} and the environment. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({HttpConfiguration.class, WriterConfiguration.class, EventsConfiguration.class, UsageConfiguration.class})
public class GatewayApplication {

    public static void main(String[] arguments) {
        builder().run(arguments);
    }

    /** The application, not yet run. */
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(GatewayApplication.class)
                .web(WebApplicationType.SERVLET)
                .properties("spring.config.name=gateway");
    }
}
