package dev.waybill.benchmarks;

import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final double TICKS_PER_SECOND = 100;

    private final Api api;
    private final KafkaConnection connection;
    private final long pid;
    private final int nodes;

    Binding(Api api, KafkaConnection connection, long pid, int nodes) {
        this.api = api;
        this.connection = connection;
        this.pid = pid;
        this.nodes = nodes;
    }

    void run() throws Exception {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(connection, "hollow");
                ExecutorService heart = Executors.newSingleThreadExecutor()) {
            register(publisher);
            Future<?> beating = heart.submit(() -> beat(publisher));
            try {
                Figures cpu = new Figures("CPU-s per 1,000 pods");
                Figures rate = new Figures("pods/s");
                for (int round = 0; round < ROUNDS; round++) {
                    round(round, cpu, rate);
                }
                System.out.println(nodes + " hollow nodes, the first round warms up: " + cpu);
                System.out.println("  created and bound: " + rate);
            } finally {
                beating.cancel(true);
                heart.shutdownNow();
            }
        } finally {
            for (int i = 0; i < nodes; i++) {
                api.send("DELETE", "/api/v1/nodes/hollow-" + i, "{}");
            }
        }
    }

    private void round(int round, Figures cpu, Figures rate) throws Exception {
        String namespace = "bench-binding-" + round;
        String path = "/api/v1/namespaces/" + namespace + "/pods";
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + namespace + "\"}}");
        double before = cpuSeconds();
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
        double used = cpuSeconds() - before;
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

    private static String pod(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"nodeSelector\":{\"hollow\":\"true\"},\"containers\":[{\"name\":\"main\",\"image\":\"none:1\","
                + "\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}}}]}}";
    }

    private void register(KafkaEventPublisher publisher) throws Exception {
        for (int i = 0; i < nodes; i++) {
            String node = """
                    {"metadata":{"labels":{"hollow":"true","kubernetes.io/hostname":"hollow-%d"}},"spec":{},
                     "status":{"capacity":{"cpu":"32","memory":"256Gi","pods":"110"},
                       "allocatable":{"cpu":"32","memory":"256Gi","pods":"110"},
                       "addresses":[{"type":"InternalIP","address":"127.0.0.1"}]}}""".formatted(i);
            publisher.publish(
                    Topics.NODE_STATUS,
                    "hollow-" + i,
                    NodeRegistered.newBuilder()
                            .setNodeName("hollow-" + i)
                            .setNodeEpoch(System.currentTimeMillis() / 1000)
                            .setNode(node)
                            .build(),
                    TraceContext.NONE);
        }
        publisher.flush();
        Thread.sleep(2_000);
    }

    private void beat(KafkaEventPublisher publisher) {
        long sequence = 0;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                sequence++;
                for (int i = 0; i < nodes; i++) {
                    publisher.publish(
                            Topics.NODE_HEARTBEATS,
                            "hollow-" + i,
                            NodeHeartbeat.newBuilder()
                                    .setNodeName("hollow-" + i)
                                    .setNodeEpoch(1)
                                    .setSequence(sequence)
                                    .build(),
                            TraceContext.NONE);
                }
                Thread.sleep(10_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** User and system time of the process (proc(5), /proc/PID/stat, fields 14 and 15). */
    private double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }
}
