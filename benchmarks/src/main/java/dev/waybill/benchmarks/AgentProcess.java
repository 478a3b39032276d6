package dev.waybill.benchmarks;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.node.NodeSettings;
import dev.waybill.standalone.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A second node of a running system, its node-service and image-service programs of their own, as on a machine that is
 * only a node. Used by one thread.
 */
final class AgentProcess implements AutoCloseable {
    private static final String VERSION = "-0.1.0-SNAPSHOT-exec.jar";

    private final Process images;
    private final Process agent;
    private final String name;

    private AgentProcess(String name, Process images, Process agent) {
        this.name = name;
        this.images = images;
        this.agent = agent;
    }

    /** {@code project} is the directory with the modules' jars. */
    static AgentProcess start(Path project, Path data, Properties endpoints, int port) throws IOException {
        NodeSettings node = Machine.of(data).node(data, 2, 2, port - 1);
        Path home = Files.createDirectories(data.resolve("nodes").resolve(node.name()));
        Path key = data.resolve("pki").resolve(node.name() + ".node-key");
        if (!Files.exists(key)) {
            NodeKey.read(data.resolve("pki/nodes.key")).of(node.name()).write(key);
        }
        Map<String, String> environment = new HashMap<>();
        environment.put("WAYBILL_KAFKA_BOOTSTRAP_SERVERS", endpoints.getProperty("bootstrap.servers"));
        environment.put("WAYBILL_REGISTRY_URL", endpoints.getProperty("registry.url"));
        environment.put("WAYBILL_DATA_DIR", home.toString());
        environment.put("WAYBILL_NODE_NAME", node.name());
        environment.put("WAYBILL_NODE_DIRECTORY", node.directory().toString());
        environment.put("WAYBILL_NODE_KEY_FILE", key.toString());
        environment.put("WAYBILL_NODE_GATEWAY", endpoints.getProperty("gateway.url"));
        environment.put("WAYBILL_NODE_PORT", Integer.toString(node.port()));
        environment.put("WAYBILL_NODE_PKI_DIRECTORY", node.pkiDirectory().toString());
        environment.put("WAYBILL_NODE_SECRETS_KEY_FILE", node.secretsKeyFile().toString());
        environment.put("WAYBILL_NODE_CGROUP_PARENT", node.cgroupParent());
        environment.put("WAYBILL_NODE_BRIDGE", node.bridge());
        environment.put("WAYBILL_NODE_POD_SUBNET", node.podSubnet());
        environment.put("WAYBILL_NODE_STOP_PODS_ON_SHUTDOWN", "true");
        environment.put(
                "WAYBILL_IMAGE_STORE_DIR",
                data.resolve("images").resolve(node.name()).toString());
        environment.put("WAYBILL_IMAGE_SECRETS_KEY_FILE", node.secretsKeyFile().toString());
        Process images = run(project, "image-service", environment, home);
        Process agent = run(project, "node-service", environment, home);
        return new AgentProcess(node.name(), images, agent);
    }

    private static Process run(Path project, String service, Map<String, String> environment, Path home)
            throws IOException {
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
        // What a user of a small node would give it, and the Dockerfile's switches.
        String options =
                System.getenv().getOrDefault("WAYBILL_BENCH_AGENT_OPTIONS", "-Xmx64m -Xss512k -XX:TieredStopAtLevel=1");
        words.addAll(List.of(options.split(" ", -1)));
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:TrimNativeHeapInterval=10000"));
        words.add("--enable-native-access=ALL-UNNAMED");
        words.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "-jar"));
        words.add(project.resolve(service)
                .resolve("target")
                .resolve(service + VERSION)
                .toString());
        ProcessBuilder builder = new ProcessBuilder(words).directory(home.toFile());
        builder.environment().putAll(environment);
        // glibc keeps a heap of its own for every few threads, which a service with many threads pays for.
        builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
        builder.redirectErrorStream(true)
                .redirectOutput(home.resolve(service + ".log").toFile());
        return builder.start();
    }

    String node() {
        return name;
    }

    /** What the agent has used. */
    ServerProcess used() {
        if (!agent.isAlive()) {
            throw new IllegalStateException("node-service of " + name + " ended; see its log in the data directory");
        }
        return new ServerProcess(agent.pid());
    }

    /** The agent first, which ends its pods. */
    @Override
    public void close() {
        for (Process process : List.of(agent, images)) {
            process.destroy();
            try {
                process.onExit().get(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException | TimeoutException e) {
                process.destroyForcibly();
            }
        }
    }
}
