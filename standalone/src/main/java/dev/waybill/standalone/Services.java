package dev.waybill.standalone;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.gateway.GatewayApplication;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.image.ImageServiceApplication;
import dev.waybill.node.NodeServiceApplication;
import dev.waybill.node.NodeSettings;
import dev.waybill.quota.QuotaServiceApplication;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.scheduler.SchedulerServiceApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Every service as a Spring context of its own in this JVM, and when all of them are ready. Used by one thread. */
final class Services implements AutoCloseable {
    private final StandaloneOptions options;
    private final Machine machine;
    private final KafkaConnection connection;
    private final String redisUrl;
    private final Progress progress;
    private final Map<String, ConfigurableApplicationContext> contexts = new ConcurrentHashMap<>();

    Services(
            StandaloneOptions options,
            Machine machine,
            KafkaConnection connection,
            String redisUrl,
            Progress progress) {
        this.options = options;
        this.machine = machine;
        this.connection = connection;
        this.redisUrl = redisUrl;
        this.progress = progress;
    }

    /** Starts the gateway first, since it makes the keys, then the others side by side. */
    void start() {
        run(
                "gateway",
                GatewayApplication.builder(),
                Map.of(
                        "server.port", Integer.toString(options.ports().gateway()),
                        "waybill.data-dir", options.data().toString(),
                        "waybill.nodes.signed", "true",
                        "waybill.gateway.publishers", String.join(",", options.publishers())));
        Map<String, Runnable> others = new LinkedHashMap<>();
        for (int index = 1; index <= options.nodes(); index++) {
            int node = index;
            others.put("image-service/" + index, () -> startImages(node));
            others.put("node-service/" + index, () -> startNode(node));
        }
        others.put("scheduler", () -> run("scheduler-service", SchedulerServiceApplication.builder(), Map.of()));
        others.put(
                "quota",
                () -> run(
                        "quota-service",
                        QuotaServiceApplication.builder(),
                        Map.of("waybill.quota.redis-url", redisUrl)));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<CompletableFuture<Void>> running = new ArrayList<>();
            others.values().forEach(service -> running.add(CompletableFuture.runAsync(service, threads)));
            running.forEach(CompletableFuture::join);
        }
    }

    private void startImages(int index) {
        NodeSettings node = machine.node(
                options.data(), index, options.nodes(), options.ports().nodeBase());
        run(
                "image-service/" + index,
                ImageServiceApplication.builder(),
                Map.of(
                        "waybill.node.name", options.nodeName(index),
                        "waybill.image.store-dir",
                                options.data()
                                        .resolve("images")
                                        .resolve(options.nodeName(index))
                                        .toString(),
                        "waybill.image.secrets-key-file", node.secretsKeyFile().toString(),
                        "waybill.data-dir", nodeDirectory(index).toString()));
    }

    private void startNode(int index) {
        NodeSettings node = machine.node(
                options.data(), index, options.nodes(), options.ports().nodeBase());
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("waybill.node.name", node.name());
        settings.put("waybill.node.key-file", nodeKey(node.name()).toString());
        settings.put(
                "waybill.node.gateway", "https://127.0.0.1:" + options.ports().gateway());
        settings.put("waybill.node.directory", node.directory().toString());
        settings.put("waybill.node.port", Integer.toString(node.port()));
        settings.put("waybill.node.pki-directory", node.pkiDirectory().toString());
        settings.put("waybill.node.secrets-key-file", node.secretsKeyFile().toString());
        settings.put("waybill.node.cgroup-parent", node.cgroupParent());
        settings.put("waybill.node.bridge", node.bridge());
        settings.put("waybill.node.pod-subnet", node.podSubnet());
        settings.put("waybill.node.first-user-id", Long.toString(node.firstUserId()));
        settings.put("waybill.node.cpu-millis", Long.toString(node.cpuMillis()));
        settings.put("waybill.node.memory-bytes", Long.toString(node.memoryBytes()));
        settings.put("waybill.node.stop-pods-on-shutdown", "true");
        run("node-service/" + index, NodeServiceApplication.builder(), settings);
    }

    /** The file of a node's own key, derived from the cluster's. */
    private Path nodeKey(String name) {
        Path keys = options.data().resolve("pki");
        Path file = keys.resolve(name + ".node-key");
        try {
            if (!Files.exists(file)) {
                NodeKey.read(keys.resolve("nodes.key")).of(name).write(file);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give node " + name + " its key", e);
        }
    }

    private Path nodeDirectory(int index) {
        return options.data().resolve("nodes").resolve(options.nodeName(index));
    }

    private void run(String name, SpringApplicationBuilder builder, Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("waybill.kafka.bootstrap-servers", connection.bootstrapServers());
        all.put("waybill.registry.url", connection.registryUrl());
        String[] arguments = all.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
        contexts.put(
                name, builder.registerShutdownHook(false).logStartupInfo(false).run(arguments));
        progress.say(name + " started");
    }

    /**
     * Waits until every binding has its partitions, the writer is at work and every node is Ready.
     *
     * @throws IllegalStateException saying what is not ready when the limit is over
     */
    void awaitReady(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        String missing = missing();
        while (!missing.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(missing + " not ready after " + limit.toSeconds() + " s; see "
                        + options.data() + "/waybill.log");
            }
            Thread.sleep(Duration.ofMillis(20));
            missing = missing();
        }
    }

    private String missing() {
        ConfigurableApplicationContext gateway = gateway();
        if (!gateway.getBean(GatewayReadiness.class).getAsBoolean()) {
            return "the gateway is";
        }
        for (Map.Entry<String, ConfigurableApplicationContext> context : contexts.entrySet()) {
            if (!context.getValue().getBean(BindingGate.class).ready()) {
                return "the bindings of " + context.getKey() + " are";
            }
        }
        for (int index = 1; index <= options.nodes(); index++) {
            if (!nodeReady(options.nodeName(index))) {
                return options.nodeName(index) + " is";
            }
        }
        return "";
    }

    private boolean nodeReady(String name) {
        ResourceImage image = gateway().getBean(ResourceTail.class).image();
        StoredObject node = image.get(new ResourceKey("", "nodes", "", name));
        if (node == null) {
            return false;
        }
        for (JsonNode condition : node.json().path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                return condition.path("status").asString("").equals("True");
            }
        }
        return false;
    }

    String kubeconfig() {
        return gateway()
                .getBean(ClusterCertificates.class)
                .kubeconfig("https://127.0.0.1:" + options.ports().gateway());
    }

    /** The gateway last: until then the others can say what they do. */
    @Override
    public void close() {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            contexts.forEach((name, context) -> {
                if (!name.equals("gateway")) {
                    threads.execute(context::close);
                }
            });
        }
        ConfigurableApplicationContext gateway = contexts.get("gateway");
        if (gateway != null) {
            gateway.close();
        }
    }

    private ConfigurableApplicationContext gateway() {
        ConfigurableApplicationContext gateway = contexts.get("gateway");
        if (gateway == null) {
            throw new IllegalStateException("the gateway was not started");
        }
        return gateway;
    }
}
