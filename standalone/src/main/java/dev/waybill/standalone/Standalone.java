package dev.waybill.standalone;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * {@code waybill up}: broker, registry, Redis and the services in this JVM, until SIGTERM or Ctrl-C.
 */
public final class Standalone {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);

    private final StandaloneOptions options;
    private final Progress progress;

    private Standalone(StandaloneOptions options, Progress progress) {
        this.options = options;
        this.progress = progress;
    }

    public static void main(String[] arguments) throws Exception {
        StandaloneOptions options;
        try {
            options = StandaloneOptions.parse(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("waybill up: " + e.getMessage());
            System.exit(2);
            return;
        }
        Files.createDirectories(options.data());
        System.setProperty("waybill.log", options.data().resolve("waybill.log").toString());
        // One logging set-up for the whole JVM: logback.xml, not one by each service.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        System.setProperty("spring.backgroundpreinitializer.ignore", "true");
        // Tomcat logs by java.util.logging; the terminal is for progress.
        java.util.logging.LogManager.getLogManager().reset();
        new Standalone(options, new Progress(System.out)).run();
    }

    private void run() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            asked.countDown();
                            awaitQuietly(ended);
                        },
                        "waybill-end"));
        try (DataDirectory data = DataDirectory.lock(options.data())) {
            data.writeEndpoints(options.ports());
            try (EmbeddedKafka kafka = broker();
                    EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(
                            kafka.bootstrapServers(), options.ports().registry());
                    EmbeddedRedis redis = EmbeddedRedis.start(
                            options.data().resolve("redis"), options.ports().redis())) {
                progress.say("registry at " + registry.url() + ", Redis on port "
                        + options.ports().redis());
                KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
                TopicProvisioner.ensure(connection, topics());
                try (Services services =
                        new Services(options, Machine.of(options.data()), connection, redis.url(), progress)) {
                    services.start();
                    services.awaitReady(START_LIMIT);
                    data.writeKubeconfig(services.kubeconfig());
                    data.markReady();
                    invite(data.kubeconfig(), connection);
                    if (options.once()) {
                        Rehearsal.run(data.kubeconfig());
                    } else {
                        asked.await();
                    }
                    progress.say("stopping services");
                }
                progress.say("stopping Redis, the registry and the broker");
            }
        } finally {
            progress.say("down");
            ended.countDown();
        }
    }

    private EmbeddedKafka broker() {
        Map<String, String> overrides = new HashMap<>();
        if (options.fsync()) {
            overrides.put("log.flush.interval.messages", "1");
        }
        EmbeddedKafka kafka = EmbeddedKafka.start(
                options.data().resolve("kafka"),
                options.ports().kafka(),
                options.ports().kafkaController(),
                overrides);
        progress.say("broker at " + kafka.bootstrapServers());
        return kafka;
    }

    private List<Topic> topics() {
        List<Topic> topics = new ArrayList<>(Topics.all());
        options.publishers().forEach(publisher -> topics.add(Topics.requestsOf(publisher)));
        return topics;
    }

    private void invite(Path kubeconfig, KafkaConnection connection) throws IOException {
        progress.say("ready");
        Path own = options.data().resolve("bin/kubectl");
        String kubectl = Files.isExecutable(own) ? own.toString() : "kubectl";
        System.out.printf(
                """

                  kubeconfig          %s
                  bootstrap servers   %s
                  schema registry     %s

                Try:
                  export KUBECONFIG=%s; %s get nodes
                  %s create configmap hello --from-literal=who=world
                  ./waybill events --data %s waybill.resources --from-beginning

                """,
                kubeconfig,
                connection.bootstrapServers(),
                connection.registryUrl(),
                kubeconfig,
                kubectl,
                kubectl,
                options.data());
        System.out.flush();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
