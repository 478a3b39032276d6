package dev.waybill.benchmarks;

import dev.waybill.runtime.KafkaConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Pods created over HTTPS by JSON clients as fast as they go, on many hollow nodes, all the while being bound: rate,
 * latency, CPU time of every process, memory.
 */
final class Creates {
    private static final int PODS = 5_000;

    private final Api api;
    private final KafkaConnection connection;
    private final ServerProcess server;
    private final int nodes;
    private final int rounds;
    private final int callers;

    Creates(Api api, KafkaConnection connection, ServerProcess server, int nodes, int rounds, int callers) {
        this.api = api;
        this.connection = connection;
        this.server = server;
        this.nodes = nodes;
        this.rounds = rounds;
        this.callers = callers;
    }

    void run() throws Exception {
        try (HollowNodes _ = new HollowNodes(api, connection, nodes)) {
            System.out.println(nodes + " hollow nodes; " + server.residentMegabytes() + " MB resident");
            for (int round = 0; round < rounds; round++) {
                round(round);
            }
        }
    }

    private void round(int round) throws Exception {
        String namespace = "bench-creates-" + round;
        String path = "/api/v1/namespaces/" + namespace + "/pods";
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + namespace + "\"}}");
        Figures latency = new Figures("ms");
        double before = server.cpuSeconds();
        long begun = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Future<Figures>> running = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                String prefix = "p" + caller + "-";
                running.add(threads.submit(() -> creates(path, prefix)));
            }
            for (Future<Figures> each : running) {
                latency.addAll(each.get());
            }
        }
        double created = (System.nanoTime() - begun) / 1e9;
        double createdCpu = server.cpuSeconds();
        while (unbound(path)) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        double bound = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "round %d: %.0f creates/s (%s), %.2f CPU-s per 1,000; bound after %.1f s, %.2f CPU-s per 1,000; %d MB%n",
                round,
                PODS / created,
                latency,
                (createdCpu - before) * 1_000 / PODS,
                bound,
                (server.cpuSeconds() - before) * 1_000 / PODS,
                server.residentMegabytes());
        api.send("DELETE", path + "?gracePeriodSeconds=0", "{}");
        api.send("DELETE", "/api/v1/namespaces/" + namespace, "{}");
        TimeUnit.SECONDS.sleep(3);
    }

    private Figures creates(String path, String prefix) throws IOException {
        Figures latency = new Figures("ms");
        try (Wire wire = api.connect()) {
            for (int i = 0; i < PODS / callers; i++) {
                long begun = System.nanoTime();
                wire.send("POST", path, Binding.pod(prefix + i));
                latency.add((System.nanoTime() - begun) / 1e6);
            }
        }
        return latency;
    }

    private boolean unbound(String path) throws IOException, InterruptedException {
        return api.send("GET", path + "?fieldSelector=spec.nodeName=&limit=1", "")
                .contains("\"hollow\"");
    }
}
