package dev.waybill.benchmarks;

import dev.waybill.runtime.KafkaConnection;
import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From the API create of a pod with a cached image until a watch shows it Running, one after another, and many at once. */
final class Pods {
    private static final int WARM_UP = 5;
    private static final int SINGLE = 25;
    private static final int[] AT_ONCE = {20, 50};
    private static final String NAMESPACE = "bench-pods";
    private static final String PATH = "/api/v1/namespaces/" + NAMESPACE + "/pods";
    private static final String SCRIPT = "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n";

    private final Api api;
    private final KafkaConnection connection;

    Pods(Api api, KafkaConnection connection) {
        this.api = api;
        this.connection = connection;
    }

    void run() throws Exception {
        Path work = Files.createTempDirectory("waybill-bench-");
        try (LoopbackRegistry registry = LoopbackRegistry.start(work);
                Hops hops = new Hops(connection)) {
            String image = registry.host() + "/bench/pod:1";
            MachineImage.push(image, SCRIPT, work);
            api.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + NAMESPACE + "\"}}");
            for (int i = 0; i < WARM_UP; i++) {
                one("w" + i, image);
            }
            hops.begin();
            Figures running = new Figures("ms");
            for (int i = 0; i < SINGLE; i++) {
                running.add(one("p" + i, image));
            }
            System.out.println("one pod, API create to Running: " + running);
            hops.print();
            for (int count : AT_ONCE) {
                Figures all = new Figures("ms");
                for (int i = 0; i < 5; i++) {
                    all.add(many("m" + count + "-" + i + "-", count, image));
                }
                System.out.println(count + " pods at once, first create to last Running: " + all);
            }
        } finally {
            api.send("DELETE", "/api/v1/namespaces/" + NAMESPACE, "{}");
            try (Stream<Path> files = Files.walk(work)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private double one(String name, String image) throws Exception {
        double took = many(name + "-", 1, image);
        return took;
    }

    private double many(String prefix, int count, String image) throws Exception {
        String revision = JsonMapper.shared()
                .readTree(api.send("GET", PATH + "?limit=1", ""))
                .path("metadata")
                .path("resourceVersion")
                .asString();
        double took;
        try (Stream<String> lines = api.watch(PATH + "?watch=true&resourceVersion=" + revision)) {
            long begun = System.nanoTime();
            for (int i = 0; i < count; i++) {
                api.send("POST", PATH, pod(prefix + i, image));
            }
            await(lines.iterator(), prefix, count, "Running");
            took = (System.nanoTime() - begun) / 1e6;
        }
        for (int i = 0; i < count; i++) {
            api.send("DELETE", PATH + "/" + prefix + i, "{}");
        }
        while (api.send("GET", PATH + "?limit=1", "").contains("\"podIP\"")) {
            Thread.sleep(50);
        }
        return took;
    }

    private static void await(Iterator<String> lines, String prefix, int count, String phase) {
        java.util.Set<String> seen = new java.util.HashSet<>();
        while (seen.size() < count) {
            String line = lines.next();
            if (line.contains("\"phase\":\"" + phase + "\"") && line.contains("\"name\":\"" + prefix)) {
                JsonNode event = JsonMapper.shared().readTree(line);
                seen.add(event.path("object").path("metadata").path("name").asString());
            }
        }
    }

    private static String pod(String name, String image) {
        return String.format(Locale.ROOT, """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{"terminationGracePeriodSeconds":1,
                 "containers":[{"name":"main","image":"%s","imagePullPolicy":"IfNotPresent",
                 "resources":{"limits":{"memory":"32Mi"},"requests":{"cpu":"10m"}}}]}}""", name, image);
    }
}
