package dev.waybill.benchmarks;

import dev.waybill.runtime.KafkaConnection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Pods created at a steady pace on many hollow nodes: from sending the create until a watch shows the pod bound. */
final class Paced {
    private static final int PER_SECOND = 50;
    private static final int PODS = 1_500;
    private static final String NAMESPACE = "bench-paced";
    private static final String PATH = "/api/v1/namespaces/" + NAMESPACE + "/pods";

    private final Api api;
    private final KafkaConnection connection;
    private final ServerProcess server;
    private final int nodes;
    private final int warmUp;

    /** @param warmUp pods created before those that count, four times as fast */
    Paced(Api api, KafkaConnection connection, ServerProcess server, int nodes, int warmUp) {
        this.api = api;
        this.connection = connection;
        this.server = server;
        this.nodes = nodes;
        this.warmUp = warmUp;
    }

    void run() throws Exception {
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + NAMESPACE + "\"}}");
        try (HollowNodes _ = new HollowNodes(api, connection, nodes)) {
            round("warm-up-", warmUp, 4 * PER_SECOND);
            double before = server.cpuSeconds();
            Figures latency = round("p-", PODS, PER_SECOND);
            System.out.printf(
                    java.util.Locale.ROOT,
                    "%d pods at %d/s on %d nodes, create to bound: %s; %.2f CPU-s per 1,000; %d MB%n",
                    PODS,
                    PER_SECOND,
                    nodes,
                    latency,
                    (server.cpuSeconds() - before) * 1_000 / PODS,
                    server.residentMegabytes());
        } finally {
            api.send("DELETE", "/api/v1/namespaces/" + NAMESPACE, "{}");
        }
    }

    private Figures round(String prefix, int count, int perSecond) throws Exception {
        Map<String, Long> sent = new ConcurrentHashMap<>();
        Figures latency = new Figures("ms");
        CountDownLatch bound = new CountDownLatch(count);
        try (Wire watch = api.connect();
                Wire wire = api.connect()) {
            watch.follow(PATH + "?watch=true&allowWatchBookmarks=false&resourceVersion=" + api.revision(PATH));
            Thread reader = Thread.ofPlatform().start(() -> {
                while (bound.getCount() > 0) {
                    String line = watch.nextLine();
                    long now = System.nanoTime();
                    Long begun = line.contains("\"nodeName\":\"hollow-") ? sent.remove(name(line)) : null;
                    if (begun != null) {
                        latency.add((now - begun) / 1e6);
                        bound.countDown();
                    }
                }
            });
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long due = start + i * 1_000_000_000L / perSecond;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                String name = prefix + i;
                sent.put(name, System.nanoTime());
                wire.send("POST", PATH, Binding.pod(name));
            }
            if (!bound.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException(bound.getCount() + " pods are not bound after a minute");
            }
            reader.join();
        }
        return latency;
    }

    private static String name(String line) {
        int from = line.indexOf("\"name\":\"") + 8;
        return line.substring(from, line.indexOf('"', from));
    }
}
