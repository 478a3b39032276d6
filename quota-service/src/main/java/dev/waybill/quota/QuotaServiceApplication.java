package dev.waybill.quota;

import dev.waybill.quota.pool.kafka.QuotaConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** quota-service as a program of its own, configured by {@code quota-service.yml} and the environment. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(QuotaConfiguration.class)
public class QuotaServiceApplication {

    public static void main(String[] arguments) {
        builder().run(arguments);
    }

    /** The application, not yet run. */
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(QuotaServiceApplication.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=quota-service");
    }
}
