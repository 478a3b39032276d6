package dev.waybill.benchmarks;

import java.util.Locale;

/** A list of many pods, whole and in pages of 500 as kubectl asks for it. */
final class Lists {
    private static final int PODS = 5_000;
    private static final int ROUNDS = 20;
    private static final String NAMESPACE = "bench-lists";
    private static final String PATH = "/api/v1/namespaces/" + NAMESPACE + "/pods";

    private final Api api;
    private final ServerProcess server;

    Lists(Api api, ServerProcess server) {
        this.api = api;
        this.server = server;
    }

    void run() throws Exception {
        api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + NAMESPACE + "\"}}");
        try (Wire wire = api.connect()) {
            for (int i = 0; i < PODS; i++) {
                wire.send("POST", PATH, Binding.pod("p" + i));
            }
            Figures whole = new Figures("ms");
            Figures page = new Figures("ms");
            long bytes = 0;
            double cpu = server.cpuSeconds();
            for (int i = 0; i < ROUNDS; i++) {
                long begun = System.nanoTime();
                bytes = wire.send("GET", PATH, "");
                whole.add((System.nanoTime() - begun) / 1e6);
            }
            cpu = server.cpuSeconds() - cpu;
            for (int i = 0; i < ROUNDS; i++) {
                long begun = System.nanoTime();
                wire.send("GET", PATH + "?limit=500", "");
                page.add((System.nanoTime() - begun) / 1e6);
            }
            System.out.printf(
                    Locale.ROOT,
                    "a list of %d pods, %.1f MB: %s; %.0f CPU-ms each%n",
                    PODS,
                    bytes / 1e6,
                    whole,
                    cpu * 1_000 / ROUNDS);
            System.out.println("its first 500: " + page + "; " + server.residentMegabytes() + " MB resident");
        } finally {
            api.send("DELETE", PATH + "?gracePeriodSeconds=0", "{}");
            api.send("DELETE", "/api/v1/namespaces/" + NAMESPACE, "{}");
        }
    }
}
