package dev.waybill.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How long an HTTP create of a small ConfigMap takes until it is answered, with 1, 16 and 64 callers. */
final class ConfigMaps {
    private static final int WARM_UP = 2_000;
    private static final int PER_ROUND = 1_500;
    private static final String PATH = "/api/v1/namespaces/bench-configmaps/configmaps";

    private final Api api;
    private int round;

    ConfigMaps(Api api) {
        this.api = api;
    }

    void run() throws Exception {
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"bench-configmaps\"}}");
        try {
            round(8, WARM_UP);
            for (int callers : new int[] {1, 16, 64}) {
                for (int i = 0; i < 5; i++) {
                    System.out.println("create ConfigMap, " + callers + " callers: " + round(callers, PER_ROUND));
                }
                api.send("DELETE", PATH, "{}");
            }
        } finally {
            api.send("DELETE", "/api/v1/namespaces/bench-configmaps", "{}");
        }
    }

    private String round(int callers, int total) throws Exception {
        int number = round++;
        long begun = System.nanoTime();
        Figures all = new Figures("ms");
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Callable<Figures>> work = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                String prefix = "c" + number + "-" + caller + "-";
                work.add(() -> creates(prefix, total / callers));
            }
            for (Future<Figures> done : threads.invokeAll(work)) {
                all.addAll(done.get());
            }
        }
        double seconds = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0;
        return all + String.format(Locale.ROOT, ", %.0f/s", total / seconds);
    }

    private Figures creates(String prefix, int count) throws Exception {
        Figures figures = new Figures("ms");
        for (int i = 0; i < count; i++) {
            String body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + prefix + i
                    + "\"},\"data\":{\"key\":\"value\"}}";
            long begun = System.nanoTime();
            api.send("POST", PATH, body);
            figures.add((System.nanoTime() - begun) / 1e6);
        }
        return figures;
    }
}
