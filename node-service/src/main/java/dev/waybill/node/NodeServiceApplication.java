package dev.waybill.node;

import dev.waybill.runtime.OwnPartition;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.env.Environment;

/** Runs the pods of one node; alone in its JVM or beside other services. */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableConfigurationProperties({NodeSettings.class, NodeReserve.class, ReadySandboxes.class, LogSettings.class})
@ComponentScan
public class NodeServiceApplication {

    /** Starts the service as a program of its own. */
    public static void main(String[] args) {
        builder().run(args);
    }

    /** The service, to be run with more arguments. */
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(NodeServiceApplication.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=node-service");
    }

    /** A node reads the one partition that its name's hash gives, and no other. */
    @Bean
    static OwnPartition ownPartition(Environment environment) {
        return new OwnPartition(environment);
    }
}
