package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedServers;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.node.NodeSettings;
import dev.waybill.standalone.Machine;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Broker, registry and Redis in one process and each service in one of its own, all on loopback, configured as a user
 * would: by environment, by {@code <service>.yml} in its working directory, and by one file per secret. Used by one thread.
 */
final class SeparateCluster implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Path directory;
    private final int gatewayPort = EmbeddedKafka.freePort();
    private final Properties endpoints = new Properties();
    private final Function<String, Map<String, String>> credentials;
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private final Map<String, Integer> starts = new HashMap<>();

    private SeparateCluster(Path directory, Function<String, Map<String, String>> credentials) {
        this.directory = directory;
        this.credentials = credentials;
    }

    /** Starts the infrastructure and the gateway, and returns when the API answers. */
    static SeparateCluster start(Path directory) throws Exception {
        SeparateCluster cluster = new SeparateCluster(directory, service -> Map.of());
        try {
            cluster.startServers();
            cluster.startGateway();
            return cluster;
        } catch (Exception | Error e) {
            cluster.close();
            throw e;
        }
    }

    /**
     * Starts the gateway beside an infrastructure that is there already.
     *
     * @param credentials the Kafka client properties of each service
     */
    static SeparateCluster start(
            Path directory, Properties endpoints, Function<String, Map<String, String>> credentials) throws Exception {
        SeparateCluster cluster = new SeparateCluster(directory, credentials);
        cluster.endpoints.putAll(endpoints);
        try {
            cluster.startGateway();
            return cluster;
        } catch (Exception | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void startGateway() throws Exception {
        start("gateway", Map.of(), "gateway.yml", "server.port: " + gatewayPort + "\nwaybill.nodes.names: node-1\n");
        awaitGateway();
    }

    private void startServers() throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("--data", directory.resolve("servers").toString()));
        for (String server : List.of("--kafka", "--controller", "--registry", "--redis")) {
            arguments.addAll(List.of(server, Integer.toString(EmbeddedKafka.freePort())));
        }
        Program servers = Program.main("servers", EmbeddedServers.class, arguments, directory.resolve("servers"));
        programs.put("servers", servers.start());
        servers.awaitLine("ready", 1, PATIENCE);
        try (var reader = Files.newBufferedReader(directory.resolve("servers/endpoints.properties"))) {
            endpoints.load(reader);
        }
    }

    /** scheduler-service, quota-service and image-service, started side by side. */
    void startServices() throws Exception {
        start("scheduler-service", Map.of(), "", "");
        start(
                "quota-service",
                Map.of("SPRING_CONFIG_IMPORT", "configtree:secrets/"),
                "secrets/waybill.quota.redis-url",
                endpoints.getProperty("redis.url"));
        start(
                "image-service",
                Map.of(
                        "WAYBILL_NODE_NAME",
                        "node-1",
                        "WAYBILL_IMAGE_SECRETS_KEY_FILE",
                        directory.resolve("gateway/data/pki/node-1.node-key").toString()),
                "",
                "");
        for (String service : List.of("scheduler-service", "quota-service", "image-service")) {
            awaitBindings(service);
        }
    }

    /** Whether this host can run containers, so that node-service has something to do. */
    static boolean hasNode() {
        return "root".equals(System.getProperty("user.name"))
                && Commands.present("crun")
                && Commands.present("conmon")
                && Files.isDirectory(Path.of("/usr/lib/cni"));
    }

    /** node-service on the node of image-service, with names and addresses that no other cluster of this host has. */
    void startNode() throws Exception {
        NodeSettings node =
                Machine.of(directory).node(directory.resolve("gateway/data"), 1, 1, EmbeddedKafka.freePort());
        Map<String, String> environment = new HashMap<>();
        environment.put("WAYBILL_NODE_NAME", node.name());
        environment.put("WAYBILL_NODE_GATEWAY", gatewayUrl());
        environment.put(
                "WAYBILL_NODE_KEY_FILE",
                directory.resolve("gateway/data/pki/node-1.node-key").toString());
        environment.put("WAYBILL_NODE_DIRECTORY", node.directory().toString());
        environment.put("WAYBILL_NODE_PORT", Integer.toString(node.port()));
        environment.put("WAYBILL_NODE_PKI_DIRECTORY", node.pkiDirectory().toString());
        environment.put("WAYBILL_NODE_SECRETS_KEY_FILE", node.secretsKeyFile().toString());
        environment.put("WAYBILL_NODE_CGROUP_PARENT", node.cgroupParent());
        environment.put("WAYBILL_NODE_BRIDGE", node.bridge());
        environment.put("WAYBILL_NODE_POD_SUBNET", node.podSubnet());
        environment.put("WAYBILL_NODE_STOP_PODS_ON_SHUTDOWN", "true");
        start("node-service", environment, "", "");
        awaitBindings("node-service");
    }

    /**
     * Starts a service.
     *
     * @param environment variables beside those that every service has
     * @param file a file of settings below its working directory, none when empty
     * @param settings what the file holds
     */
    private void start(String service, Map<String, String> environment, String file, String settings)
            throws IOException {
        Path home = Files.createDirectories(directory.resolve(service));
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("WAYBILL_KAFKA_BOOTSTRAP_SERVERS", endpoints.getProperty("bootstrap.servers"));
        variables.put("WAYBILL_REGISTRY_URL", endpoints.getProperty("registry.url"));
        variables.put("WAYBILL_DATA_DIR", home.resolve("data").toString());
        ObjectNode kafka = JsonMapper.shared().createObjectNode();
        credentials
                .apply(service)
                .forEach((name, value) -> kafka.put("waybill.kafka.properties." + name, value)
                        .put("spring.cloud.stream.kafka.binder.configuration." + name, value));
        if (!kafka.isEmpty()) {
            variables.put("SPRING_APPLICATION_JSON", kafka.toString());
        }
        if (!file.isEmpty()) {
            Path settingsFile = home.resolve(file);
            Files.createDirectories(settingsFile.getParent());
            Files.writeString(settingsFile, settings);
        }
        programs.put(service, Program.jar(service, variables, home).start());
        starts.merge(service, 1, Integer::sum);
    }

    /** kill -9, and a start with the same settings. */
    void killAndRestart(String service) throws Exception {
        Program program = program(service);
        program.kill9();
        program.start();
        starts.merge(service, 1, Integer::sum);
        if (service.equals("gateway")) {
            awaitGateway();
        } else {
            awaitBindings(service);
        }
    }

    private void awaitBindings(String service) throws Exception {
        program(service).awaitLine("bindings started", starts.getOrDefault(service, 1), PATIENCE);
    }

    private void awaitGateway() throws InterruptedException {
        Eventually.within(
                PATIENCE, "the gateway is ready, see " + program("gateway").log(), () -> {
                    Path pki = directory.resolve("gateway/data/pki");
                    return Files.exists(pki.resolve("gateway-client.crt"))
                            && anonymously("/readyz").statusCode() == 200;
                });
    }

    /** An answer of the gateway to somebody without a credential. */
    HttpResponse<String> anonymously(String path) throws IOException, InterruptedException {
        HttpClient nobody = HttpClient.newBuilder()
                .sslContext(certificates().trustOnly())
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        return nobody.send(
                HttpRequest.newBuilder(URI.create(gatewayUrl() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A client with the administrator's credential; to be closed. */
    KubernetesClient client() {
        return Clients.of(certificates().kubeconfig(gatewayUrl()));
    }

    Path kubeconfig() throws IOException {
        return Files.writeString(directory.resolve("kubeconfig"), certificates().kubeconfig(gatewayUrl()));
    }

    private ClusterCertificates certificates() {
        return ClusterCertificates.ensure(directory.resolve("gateway/data/pki"));
    }

    String gatewayUrl() {
        return "https://127.0.0.1:" + gatewayPort;
    }

    String bootstrapServers() {
        return endpoints.getProperty("bootstrap.servers");
    }

    String registryUrl() {
        return endpoints.getProperty("registry.url");
    }

    Program program(String name) {
        Program program = programs.get(name);
        assertThat(program).as(name).isNotNull();
        return program;
    }

    List<Program> programs() {
        return List.copyOf(programs.values());
    }

    /** In the opposite order of their starts. */
    @Override
    public void close() {
        for (Program program : List.copyOf(programs.values()).reversed()) {
            program.close();
        }
    }
}
