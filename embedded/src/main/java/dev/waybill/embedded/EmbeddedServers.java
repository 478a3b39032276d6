package dev.waybill.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Broker, schema registry and Redis as one program, until SIGTERM or Ctrl-C: what the services expect to find, where
 * nobody runs it yet. Writes {@code endpoints.properties} into its directory and then prints one line that starts with
 * {@code ready}. The gateway makes the topics.
 */
public final class EmbeddedServers {
    private static final Set<String> OPTIONS = Set.of("--data", "--kafka", "--controller", "--registry", "--redis");

    private EmbeddedServers() {}

    /** Options: {@code --data DIRECTORY}, and the ports {@code --kafka --controller --registry --redis}. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = parse(arguments);
        Path data = Path.of(option(options, "--data")).toAbsolutePath();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            asked.countDown();
            await(ended);
        }));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(
                        data.resolve("kafka"), port(options, "--kafka"), port(options, "--controller"), Map.of());
                EmbeddedSchemaRegistry registry =
                        EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), port(options, "--registry"));
                EmbeddedRedis redis = EmbeddedRedis.start(data.resolve("redis"), port(options, "--redis"))) {
            Path endpoints = data.resolve("endpoints.properties");
            writeForOwner(endpoints, """
                    bootstrap.servers=%s
                    registry.url=%s
                    redis.url=%s
                    """.formatted(kafka.bootstrapServers(), registry.url(), redis.url()));
            System.out.println("ready: " + endpoints);
            System.out.flush();
            asked.await();
        } finally {
            ended.countDown();
        }
    }

    private static Map<String, String> parse(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException("unknown option or no value: " + arguments[i]);
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private static String option(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }

    private static int port(Map<String, String> options, String name) {
        return Integer.parseInt(option(options, name));
    }

    /** It holds the password of Redis. */
    private static void writeForOwner(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
