package dev.waybill.benchmarks;

import dev.waybill.runtime.KafkaConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * CPU time of the whole control plane per 1,000 pods created over HTTP and bound to hollow nodes, which register and
 * heartbeat but start nothing.
 */
final class Binding {
    private static final int PODS = 1_000;
    private static final int ROUNDS = 6;
    private static final int CALLERS = 16;

    private final Api api;
    private final KafkaConnection connection;
    private final ServerProcess server;
    private final int nodes;

    Binding(Api api, KafkaConnection connection, ServerProcess server, int nodes) {
        this.api = api;
        this.connection = connection;
        this.server = server;
        this.nodes = nodes;
    }

    void run() throws Exception {
        try (HollowNodes _ = new HollowNodes(api, connection, nodes)) {
            Figures cpu = new Figures("CPU-s per 1,000 pods");
            Figures rate = new Figures("pods/s");
            for (int round = 0; round < ROUNDS; round++) {
                round(round, cpu, rate);
            }
            System.out.println(nodes + " hollow nodes, the first round warms up: " + cpu);
            System.out.println("  created and bound: " + rate);
        }
    }

    private void round(int round, Figures cpu, Figures rate) throws Exception {
        String namespace = "bench-binding-" + round;
        String path = "/api/v1/namespaces/" + namespace + "/pods";
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + namespace + "\"}}");
        double before = server.cpuSeconds();
        long begun = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<String>> sent = new ArrayList<>();
            for (int i = 0; i < PODS; i++) {
                String body = pod("p" + i);
                sent.add(threads.submit(() -> api.send("POST", path, body)));
            }
            for (Future<String> each : sent) {
                each.get();
            }
        }
        while (bound(path) < PODS) {
            Thread.sleep(50);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        double used = server.cpuSeconds() - before;
        System.out.printf(Locale.ROOT, "  round %d: %.2f CPU-s, %.0f pods/s%n", round, used, PODS / seconds);
        if (round > 0) {
            cpu.add(used);
            rate.add(PODS / seconds);
        }
        api.send("DELETE", path + "?gracePeriodSeconds=0", "{}");
        api.send("DELETE", "/api/v1/namespaces/" + namespace, "{}");
        Thread.sleep(3_000);
    }

    private int bound(String path) throws IOException, InterruptedException {
        String list = api.send("GET", path + "?fieldSelector=spec.nodeName!=&limit=1", "");
        int at = list.indexOf("\"remainingItemCount\":");
        if (at < 0) {
            return list.contains("\"nodeName\"") ? 1 : 0;
        }
        int from = at + "\"remainingItemCount\":".length();
        int to = from;
        while (to < list.length() && Character.isDigit(list.charAt(to))) {
            to++;
        }
        return 1 + Integer.parseInt(list.substring(from, to));
    }

    static String pod(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"nodeSelector\":{\"hollow\":\"true\"},\"containers\":[{\"name\":\"main\",\"image\":\"none:1\","
                + "\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}}}]}}";
    }
}
