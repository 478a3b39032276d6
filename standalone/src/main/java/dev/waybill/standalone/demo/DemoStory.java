package dev.waybill.standalone.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Deployment from {@code kubectl apply} to running, limited, metered containers; a quota that refuses; a pool that
 * queues. Each step checks what it shows. Used by one thread.
 */
final class DemoStory {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long MEMORY_LIMIT = 64L << 20;
    private static final long CPU_QUOTA = 20_000;

    private final Kubectl kubectl;
    private final EventTicker ticker;
    private final String image;
    private final Consumer<String> out;
    private boolean good = true;

    DemoStory(Kubectl kubectl, EventTicker ticker, String image, Consumer<String> out) {
        this.kubectl = kubectl;
        this.ticker = ticker;
        this.image = image;
        this.out = out;
    }

    /** True when everything was as it should be. */
    boolean play() throws IOException, InterruptedException {
        try {
            deployment();
            limits();
            quota();
            pool();
            usage();
        } finally {
            out.accept("== Clearing away");
            kubectl.show("", "delete", "quotapool", "demo-pool", "--ignore-not-found");
            kubectl.show("", "delete", "namespace", "demo", "demo-team", "--ignore-not-found");
        }
        return good;
    }

    private void deployment() throws IOException, InterruptedException {
        out.accept("== A namespace with a quota and a Deployment of 3 replicas; events as they happen");
        kubectl.show("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: demo}
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: compute, namespace: demo}
                spec: {hard: {pods: "5", requests.cpu: "1", limits.memory: 512Mi}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: shop, namespace: demo}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: shop}}
                  template:
                    metadata: {labels: {app: shop}}
                    spec:
                      terminationGracePeriodSeconds: 5
                      containers:
                      - name: main
                        image: %s
                        resources: {limits: {cpu: 200m, memory: 64Mi}}
                """.formatted(image), "apply", "-f", "-");
        check(
                "3 pods run",
                kubectl.show("", "-n", "demo", "rollout", "status", "deployment/shop", "--timeout=60s")
                                .exitCode()
                        == 0);
        kubectl.show("", "-n", "demo", "get", "deployment,replicaset,pod", "-o", "wide");
        kubectl.show("", "-n", "demo", "logs", "deployment/shop", "--tail=2");
    }

    private void limits() throws IOException, InterruptedException {
        out.accept("== The limits as the kernel has them");
        for (String line : kubectl.ask(
                        "-n",
                        "demo",
                        "get",
                        "pods",
                        "-o",
                        "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{\"\\n\"}{end}")
                .lines()
                .toList()) {
            String name = line.substring(0, line.indexOf(' '));
            String uid = line.substring(line.indexOf(' ') + 1);
            String memory = control(uid, "memory", "memory.limit_in_bytes", "memory.max");
            String cpu = control(uid, "cpu", "cpu.cfs_quota_us", "cpu.max");
            out.accept("    " + name + ": memory " + memory + " bytes, cpu quota " + cpu + " us");
            check(name + " is limited", memory.equals("" + MEMORY_LIMIT) && cpu.startsWith("" + CPU_QUOTA));
        }
    }

    /** A file of the container's control group, by its name in version 1 or 2. */
    private static String control(String podUid, String controller, String v1, String v2) throws IOException {
        Path root = Path.of("/sys/fs/cgroup");
        boolean second = Files.exists(root.resolve("cgroup.controllers"));
        Path start = second ? root : root.resolve(controller);
        try (Stream<Path> paths = Files.find(start, 6, (path, attributes) -> path.endsWith("pod" + podUid + "/main"))) {
            Path group = paths.findFirst().orElseThrow(() -> new IOException("no control group of pod " + podUid));
            return Files.readString(group.resolve(second ? v2 : v1)).strip();
        }
    }

    private void quota() throws IOException, InterruptedException {
        out.accept("== The quota: what is used, and a pod that asks for more than is left");
        kubectl.show("", "-n", "demo", "describe", "resourcequota", "compute");
        check(
                "3 pods are counted",
                kubectl.ask("-n", "demo", "get", "resourcequota", "compute", "-o", "jsonpath={.status.used.pods}")
                        .equals("3"));
        Kubectl.Answer refused = kubectl.show(pod("demo", "greedy", "900m"), "apply", "-f", "-");
        check(
                "the greedy pod is refused",
                refused.exitCode() != 0 && refused.text().contains("exceeded quota: compute"));
    }

    private String pod(String namespace, String name, String cpu) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: %s}
                spec:
                  terminationGracePeriodSeconds: 5
                  containers:
                  - name: main
                    image: %s
                    resources: {limits: {cpu: %s, memory: 64Mi}}
                """.formatted(name, namespace, image, cpu);
    }

    private void pool() throws IOException, InterruptedException {
        out.accept("== A pool with room for one pod: the second waits, and runs when the first ends");
        kubectl.show("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: demo-team}
                ---
                apiVersion: waybill.dev/v1alpha1
                kind: QuotaPool
                metadata: {name: demo-pool}
                spec: {namespaces: [demo-team], capacity: {pods: "1"}}
                """, "apply", "-f", "-");
        kubectl.show(pod("demo-team", "first", "100m"), "apply", "-f", "-");
        check("the first runs", ready("first"));
        kubectl.show(pod("demo-team", "second", "100m"), "apply", "-f", "-");
        String why = "";
        for (int i = 0; i < 50 && !why.contains("no room"); i++) {
            Thread.sleep(100);
            why = kubectl.ask(
                    "-n", "demo-team", "get", "pod", "second", "-o", "jsonpath={.status.conditions[0].message}");
        }
        kubectl.show("", "-n", "demo-team", "get", "pods");
        out.accept("    second: " + why);
        check("the second waits", why.contains("no room"));
        kubectl.show("", "-n", "demo-team", "delete", "pod", "first");
        check("the second runs", ready("second"));
        kubectl.show("", "-n", "demo-team", "get", "pods");
    }

    private boolean ready(String pod) throws IOException, InterruptedException {
        return kubectl.show("", "-n", "demo-team", "wait", "--for=condition=Ready", "pod/" + pod, "--timeout=60s")
                        .exitCode()
                == 0;
    }

    private void usage() throws InterruptedException {
        out.accept("== Metered use so far");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (metered().size() < 3 && System.nanoTime() < deadline) {
            Thread.sleep(200);
        }
        metered().forEach(pod -> {
            EventTicker.Use use = ticker.used().get(pod);
            if (use != null) {
                out.accept(String.format(
                        Locale.ROOT,
                        "    %-28s %.2f core-seconds, %.0f MiB-seconds",
                        pod,
                        use.cpuCoreSeconds(),
                        use.memoryByteSeconds() / (1 << 20)));
            }
        });
        check("use is metered", metered().size() >= 3);
    }

    /** Pods of the Deployment that have used CPU and memory. */
    private List<String> metered() {
        return ticker.used().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("demo/"))
                .filter(entry -> entry.getValue().cpuCoreSeconds() > 0
                        && entry.getValue().memoryByteSeconds() > 0)
                .map(java.util.Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private void check(String what, boolean holds) {
        out.accept("  [" + (holds ? "ok" : "FAILED") + "] " + what);
        good &= holds;
    }
}
