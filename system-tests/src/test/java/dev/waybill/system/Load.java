package dev.waybill.system;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Writers that create, change and delete ConfigMaps and pods in a namespace, each its own ones, and remember what was
 * acknowledged. A call that failed may have happened or not, so its object is left alone from then on. Thread-safe.
 */
final class Load implements AutoCloseable {
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(200);

    /** What a call without an answer may have done to an object since. */
    private enum Doubt {
        NONE,
        CHANGED,
        DELETED
    }

    /** What an object is known to be by the last answer, and what is in doubt since. */
    private record Known(String resource, String name, String value, long revision, boolean deleted, Doubt doubt) {}

    private final Supplier<KubernetesClient> clients;
    private final String namespace;
    private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();
    private final Set<String> refusals = new ConcurrentSkipListSet<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private final String run = Long.toString(System.nanoTime(), 36);
    private volatile boolean stopping;

    private Load(Supplier<KubernetesClient> clients, String namespace) {
        this.clients = clients;
        this.namespace = namespace;
    }

    static Load start(Supplier<KubernetesClient> clients, String namespace, int writers) {
        Load load = new Load(clients, namespace);
        for (int writer = 0; writer < writers; writer++) {
            int number = writer;
            load.threads.add(Thread.ofPlatform().name("load-" + number).start(() -> load.write(number)));
        }
        return load;
    }

    int acknowledged() {
        return acknowledged.get();
    }

    /** Answers that a writer of its own objects never expects, such as AlreadyExists. */
    Set<String> unexpectedRefusals() {
        return new TreeSet<>(refusals);
    }

    /** Ends the writers; returns when none has a call under way. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void write(int writer) {
        try (KubernetesClient client = clients.get()) {
            for (int i = 0; !stopping; i++) {
                boolean pod = i % 5 == 4;
                String name = (pod ? "pod-" : "map-") + run + "-" + writer + "-" + i;
                if (pod) {
                    if (call("pods", name, "", false, () -> createPod(client, name)) && i % 10 == 4) {
                        call("pods", name, "", true, () -> deletePod(client, name));
                    }
                } else if (call("configmaps", name, "1", false, () -> createMap(client, name))) {
                    if (i % 5 == 1) {
                        call("configmaps", name, "2", false, () -> updateMap(client, name));
                    } else if (i % 5 == 2) {
                        call("configmaps", name, "1", true, () -> deleteMap(client, name));
                    }
                }
            }
        }
    }

    private long createMap(KubernetesClient client, String name) {
        return revision(client.resource(Manifests.configMap(namespace, name, "1"))
                .create()
                .getMetadata()
                .getResourceVersion());
    }

    private long updateMap(KubernetesClient client, String name) {
        return revision(client.resource(Manifests.configMap(namespace, name, "2"))
                .update()
                .getMetadata()
                .getResourceVersion());
    }

    private long deleteMap(KubernetesClient client, String name) {
        client.configMaps().inNamespace(namespace).withName(name).delete();
        return 0;
    }

    private long createPod(KubernetesClient client, String name) {
        return revision(client.resource(Manifests.pendingPod(namespace, name))
                .create()
                .getMetadata()
                .getResourceVersion());
    }

    private long deletePod(KubernetesClient client, String name) {
        client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
        return 0;
    }

    private interface Call {
        /** Returns the revision that the answer told, 0 when it told none. */
        long run();
    }

    private boolean call(String resource, String name, String value, boolean delete, Call call) {
        try {
            long revision = call.run();
            known.put(name, new Known(resource, name, value, revision, delete, Doubt.NONE));
            acknowledged.incrementAndGet();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() >= 400 && e.getCode() < 500) {
                refusals.add(name + ": " + e.getMessage());
            }
            Doubt doubt = delete ? Doubt.DELETED : Doubt.CHANGED;
            known.computeIfPresent(
                    name,
                    (key, last) -> new Known(resource, name, last.value(), last.revision(), last.deleted(), doubt));
            pause();
            return false;
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_FAILURE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was acknowledged and does not hold: each with what is wrong. */
    List<String> missing(KubernetesClient client) {
        Map<String, ConfigMap> maps = client.configMaps().inNamespace(namespace).list().getItems().stream()
                .collect(Collectors.toMap(map -> map.getMetadata().getName(), map -> map));
        Map<String, Long> pods = client.pods().inNamespace(namespace).list().getItems().stream()
                .collect(Collectors.toMap(
                        pod -> pod.getMetadata().getName(),
                        pod -> revision(pod.getMetadata().getResourceVersion())));
        return known.values().stream()
                .map(object -> object.resource().equals("pods")
                        ? wrong(object, pods.get(object.name()), "")
                        : wrong(object, maps.get(object.name())))
                .filter(Objects::nonNull)
                .sorted()
                .toList();
    }

    private static String wrong(Known object, ConfigMap map) {
        return map == null
                ? wrong(object, null, "")
                : wrong(
                        object,
                        revision(map.getMetadata().getResourceVersion()),
                        map.getData().get("value"));
    }

    private static String wrong(Known object, Long revision, String value) {
        if (object.deleted()) {
            return revision != null ? object + " is still there" : null;
        }
        if (revision == null) {
            return object.doubt() == Doubt.DELETED ? null : object + " is missing";
        }
        if (revision < object.revision()) {
            return object + " went back to " + revision;
        }
        return object.doubt() == Doubt.CHANGED || value.equals(object.value())
                ? null
                : object + " has the value " + value;
    }

    private static long revision(String resourceVersion) {
        return Long.parseLong(resourceVersion);
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
