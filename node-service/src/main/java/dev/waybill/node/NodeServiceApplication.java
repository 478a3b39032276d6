package dev.waybill.node;

import dev.waybill.runtime.OwnPartition;
import java.io.IOException;
import java.util.Arrays;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.env.Environment;

/** Runs the pods of one node; alone in its JVM or beside other services. */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableConfigurationProperties({NodeSettings.class, NodeReserve.class, ReadySandboxes.class, LogSettings.class})
@ComponentScan
public class NodeServiceApplication {

    private static final String END = "end";

    /**
     * Starts the service as a program of its own. With {@code end} as its first argument, and the settings that the node
     * had, it ends a node whose agent was killed and is not to come back: see {@link Leftovers}.
     */
    public static void main(String[] args) throws IOException {
        if (args.length > 0 && args[0].equals(END)) {
            end(Arrays.copyOfRange(args, 1, args.length));
            return;
        }
        builder().run(args);
    }

    private static void end(String... settings) throws IOException {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Settings.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=node-service")
                .run(settings)) {
            Leftovers.stop(context.getBean(NodeSettings.class));
        }
    }

    /** The node's settings and nothing that works by them. */
    @EnableConfigurationProperties(NodeSettings.class)
    private static final class Settings {}

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
