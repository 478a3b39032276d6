package dev.waybill.scheduler;

import dev.waybill.scheduler.kafka.SchedulerConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** scheduler-service as a program of its own, configured by {@code scheduler-service.yml} and the environment. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(SchedulerConfiguration.class)
public class SchedulerServiceApplication {

    public static void main(String[] arguments) {
        builder().run(arguments);
    }

    /** The application, not yet run. */
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(SchedulerServiceApplication.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=scheduler-service");
    }
}
