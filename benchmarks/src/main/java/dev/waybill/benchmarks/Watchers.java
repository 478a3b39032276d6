package dev.waybill.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many watchers of one busy kind: how long until all are told of a change, and what that costs. */
final class Watchers {
    private static final int WATCHERS = 1_000;
    private static final int CHANGES = 500;
    private static final int ROUNDS = 3;
    private static final String NAMESPACE = "bench-watchers";
    private static final String PATH = "/api/v1/namespaces/" + NAMESPACE + "/configmaps";

    private final Api api;
    private final ServerProcess server;

    Watchers(Api api, ServerProcess server) {
        this.api = api;
        this.server = server;
    }

    void run() throws Exception {
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + NAMESPACE + "\"}}");
        List<Wire> wires = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long before = server.residentMegabytes();
            String revision = api.revision(PATH);
            for (int i = 0; i < WATCHERS; i++) {
                Wire wire = api.connect();
                wire.follow(PATH + "?watch=true&resourceVersion=" + revision);
                wires.add(wire);
            }
            System.out.println(WATCHERS + " watchers: " + (server.residentMegabytes() - before) + " MB more resident");
            for (int round = 0; round < ROUNDS; round++) {
                round(round, wires, threads);
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
            api.send("DELETE", "/api/v1/namespaces/" + NAMESPACE, "{}");
        }
    }

    private void round(int round, List<Wire> wires, ExecutorService threads) throws Exception {
        Map<String, Long> sent = new ConcurrentHashMap<>();
        double cpu = server.cpuSeconds();
        long begun = System.nanoTime();
        List<Future<Figures>> told = new ArrayList<>();
        for (Wire wire : wires) {
            told.add(threads.submit(() -> {
                Figures latency = new Figures("ms");
                for (int i = 0; i < CHANGES; i++) {
                    String name = "c" + round + "-" + i;
                    String line = wire.nextLine();
                    if (!line.contains("\"name\":\"" + name + "\"")) {
                        throw new IllegalStateException("expected " + name + " and read " + line);
                    }
                    latency.add((System.nanoTime() - sent.getOrDefault(name, begun)) / 1e6);
                }
                return latency;
            }));
        }
        try (Wire wire = api.connect()) {
            for (int i = 0; i < CHANGES; i++) {
                String name = "c" + round + "-" + i;
                sent.put(name, System.nanoTime());
                wire.send("POST", PATH, "{\"metadata\":{\"name\":\"" + name + "\"},\"data\":{\"k\":\"v\"}}");
            }
        }
        Figures latency = new Figures("ms");
        for (Future<Figures> each : told) {
            latency.addAll(each.get());
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "round %d: %d changes to %d watchers in %.1f s, %.0f events/s, create to told %s; %.1f CPU-s%n",
                round,
                CHANGES,
                wires.size(),
                seconds,
                CHANGES * wires.size() / seconds,
                latency,
                server.cpuSeconds() - cpu);
    }
}
