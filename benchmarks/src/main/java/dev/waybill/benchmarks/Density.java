package dev.waybill.benchmarks;

import dev.waybill.runtime.KafkaConnection;
import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How fast a node whose agent is a process of its own runs one pod and many, and what the agent costs with many of them:
 * memory, and CPU while they idle.
 */
final class Density {
    private static final int WARM_UP = 30;
    private static final int SINGLE = 25;
    private static final List<Integer> AT_ONCE = List.of(20, 50, 100);
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Api api;
    private final KafkaConnection connection;
    private final AgentProcess agent;
    private final int rounds;
    /** Of this run alone: an earlier one may have been killed. */
    private final String namespace = "bench-density-" + System.currentTimeMillis();

    private final String path = "/api/v1/namespaces/" + namespace + "/pods";

    /** Without rounds only the agent's cost is measured. */
    Density(Api api, KafkaConnection connection, AgentProcess agent, int rounds) {
        this.api = api;
        this.connection = connection;
        this.agent = agent;
        this.rounds = rounds;
    }

    void run() throws Exception {
        Path work = Files.createTempDirectory("waybill-bench-");
        try (LoopbackRegistry registry = LoopbackRegistry.start(work)) {
            String image = registry.host() + "/bench/idle:1";
            MachineImage.push(image, "exec sleep 86400\n", work);
            awaitNode();
            api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + namespace + "\"}}");
            if (rounds > 0) {
                speed(image);
            }
            cost(image);
        } finally {
            api.send("DELETE", "/api/v1/namespaces/" + namespace, "{}");
            try (Stream<Path> files = Files.walk(work)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void awaitNode() throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!ready()) {
            agent.used();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(agent.node() + " is not Ready after 60 s");
            }
            Thread.sleep(100);
        }
    }

    private boolean ready() throws Exception {
        JsonNode nodes = JsonMapper.shared().readTree(api.send("GET", "/api/v1/nodes", ""));
        for (JsonNode node : nodes.path("items")) {
            boolean own = node.path("metadata").path("name").asString("").equals(agent.node());
            for (JsonNode condition : node.path("status").path("conditions")) {
                if (own
                        && condition.path("type").asString("").equals("Ready")
                        && condition.path("status").asString("").equals("True")) {
                    return true;
                }
            }
        }
        return false;
    }

    private void speed(String image) throws Exception {
        for (int i = 0; i < WARM_UP; i++) {
            create("w" + i + "-", 1, image);
            deleteAll();
        }
        try (Hops hops = new Hops(connection)) {
            hops.begin();
            Figures one = new Figures("ms");
            for (int i = 0; i < SINGLE; i++) {
                one.add(create("p" + i + "-", 1, image));
                deleteAll();
                Thread.sleep(300);
            }
            System.out.println("waybill: one pod, API create to Running: " + one);
            hops.print();
        }
        for (int count : AT_ONCE) {
            Figures all = new Figures("ms");
            for (int i = 0; i < rounds; i++) {
                all.add(create("m" + count + "-" + i + "-", count, image));
                deleteAll();
                Thread.sleep(2_000);
            }
            System.out.println("waybill: " + count + " pods at once, first create to last Running: " + all);
        }
    }

    /** What pods cost is told apart from what a JVM takes that sees its first ones: as many came and went before. */
    private void cost(String image) throws Exception {
        int count = AT_ONCE.getLast();
        create("first-", count, image);
        deleteAll();
        Thread.sleep(10_000);
        long base = agent.used().residentKilobytes();
        System.out.printf("waybill: agent's resident memory without pods: %d MB%n", base / 1024);
        create("idle-", count, image);
        Thread.sleep(15_000);
        double before = agent.used().cpuSeconds();
        long begun = System.nanoTime();
        Thread.sleep(IDLE);
        double cores = (agent.used().cpuSeconds() - before) / ((System.nanoTime() - begun) / 1e9);
        long with = agent.used().residentKilobytes();
        System.out.printf(
                Locale.ROOT,
                "waybill: with %d pods: %d MB, %d KB per pod; CPU while they idle: %.1f %% of a core%n",
                count,
                with / 1024,
                (with - base) / count,
                cores * 100);
        System.out.printf(
                "waybill: proportional memory of each pod's conmon: %d KB (median)%n", ServerProcess.shimKilobytes());
        deleteAll();
    }

    private double create(String prefix, int count, String image) throws Exception {
        String revision = JsonMapper.shared()
                .readTree(api.send("GET", path + "?limit=1", ""))
                .path("metadata")
                .path("resourceVersion")
                .asString();
        try (Stream<String> lines = api.watch(path + "?watch=true&resourceVersion=" + revision)) {
            long begun = System.nanoTime();
            for (int i = 0; i < count; i++) {
                api.send("POST", path, pod(prefix + i, image));
            }
            awaitRunning(lines.iterator(), count);
            return (System.nanoTime() - begun) / 1e6;
        }
    }

    private static void awaitRunning(Iterator<String> lines, int count) throws IOException {
        Set<String> running = new HashSet<>();
        while (running.size() < count) {
            JsonNode pod = JsonMapper.shared().readTree(lines.next()).path("object");
            String phase = pod.path("status").path("phase").asString("");
            if (phase.equals("Failed")) {
                throw new IOException("a pod failed: " + pod.path("status"));
            }
            if (phase.equals("Running")) {
                running.add(pod.path("metadata").path("name").asString(""));
            }
        }
    }

    private void deleteAll() throws Exception {
        api.send("DELETE", path, "{}");
        while (api.send("GET", path + "?limit=1", "").contains("\"podIP\"")) {
            Thread.sleep(50);
        }
    }

    private String pod(String name, String image) {
        return String.format(Locale.ROOT, """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{"terminationGracePeriodSeconds":0,
                 "nodeSelector":{"kubernetes.io/hostname":"%s"},
                 "containers":[{"name":"main","image":"%s","imagePullPolicy":"IfNotPresent",
                 "resources":{"limits":{"memory":"32Mi"},"requests":{"cpu":"5m"}}}]}}""", name, agent.node(), image);
    }
}
