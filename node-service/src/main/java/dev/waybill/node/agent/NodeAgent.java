package dev.waybill.node.agent;

import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.network.PodPorts;
import dev.waybill.node.oci.ExitFiles;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.storage.ImagePins;
import dev.waybill.node.store.StoredObject;
import dev.waybill.node.store.StoredPod;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.PortDialer;
import dev.waybill.node.stream.RunningCommand;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The pods of this node. What it is told is put into the mailbox of the pod that it concerns; pods are worked on side by
 * side. It begins from its disk, with or without a broker. Thread-safe.
 */
public final class NodeAgent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeAgent.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PODS_AT_ONCE = 8;
    private static final int ENDED_AT_ONCE = 32;

    private final NodeHost host;
    private final NodeEvents events;
    private final NodeObjects objects;
    private final Clock clock;
    private final ProbeRunner probes;
    private final PodIndex index = new PodIndex();
    private final UsageSampler usage;
    private final PodEffects effects;
    private final NodeRounds rounds;
    private final Map<String, PodWorker> pods = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(
            PODS_AT_ONCE, Thread.ofPlatform().name("pods-", 0).daemon().factory());
    private @Nullable ExitFiles exits;

    public NodeAgent(NodeHost host, NodeEvents events, NodeObjects objects, Clock clock) {
        this.host = host;
        this.events = events;
        this.objects = objects;
        this.clock = clock;
        this.usage = new UsageSampler(host, events, clock);
        this.probes = new ProbeRunner(new Prober(host.runtime()), events, this::answered);
        this.effects = new PodEffects(host, events, usage, index, objects, probes);
        this.rounds = new NodeRounds(host, pods, index, usage, clock);
    }

    /** Takes up the pods that the disk remembers and begins to work. */
    public void start(Duration sampleEvery) {
        exits = new ExitFiles(host.runtime().exits(), this::containerExited);
        host.network().awaitStrays();
        host.readyNetworks().start(host.store().networkIds());
        takeUp();
        GatewayAccess access = host.gateway();
        if (access != null && !pods.isEmpty()) {
            access.relay().listen();
        }
        pods.values().forEach(worker -> worker.post(new PodMessage.Recover()));
        rounds.start(sampleEvery);
    }

    private void takeUp() {
        // a crash between the end of a pod and that of its pins
        Set<String> known = Set.copyOf(host.store().podUids());
        host.store().images().stream()
                .map(ImageFacts::storePath)
                .filter(path -> !path.isEmpty())
                .distinct()
                .forEach(path -> ImagePins.keepOnly(Path.of(path), known));
        for (StoredPod stored : host.store().pods()) {
            try {
                PodSpec pod = PodParser.parse(JSON.readTree(stored.pod()));
                pods.put(
                        pod.uid(),
                        worker(
                                new PodMessage.Assigned(
                                        pod, stored.pod(), stored.revision(), TraceContext.parse(stored.traceparent())),
                                stored));
            } catch (RuntimeException e) {
                log.error("a pod on the disk cannot be taken up: {}", e.toString(), e);
            }
        }
    }

    private PodWorker worker(PodMessage.Assigned assigned, @Nullable StoredPod remembered) {
        return new PodWorker(host, effects, index, events, clock, threads, assigned, remembered);
    }

    /**
     * A pod is to run here, or its manifest changed.
     *
     * @throws IllegalArgumentException naming the field of the pod that cannot be read
     */
    public void assigned(String json, long revision, TraceContext trace) {
        PodSpec pod = PodParser.parse(JSON.readTree(json));
        if (index.isForgotten(pod.uid())) {
            return;
        }
        PodMessage.Assigned assigned = new PodMessage.Assigned(pod, json, revision, trace);
        PodWorker known = pods.get(pod.uid());
        if (known == null) {
            PodWorker fresh = worker(assigned, null);
            pods.put(pod.uid(), fresh);
            fresh.post(new PodMessage.Tick());
        } else {
            known.post(assigned);
        }
    }

    /** The API does not know the pod any more. */
    public void unassigned(String podUid) {
        PodWorker known = pods.get(podUid);
        if (known != null) {
            known.post(new PodMessage.Happened(new PodFact.PodGone()));
        }
    }

    /** All that this node is to run: what else is here goes. */
    public void snapshot(Set<String> podUids) {
        pods.keySet().stream().filter(uid -> !podUids.contains(uid)).forEach(uid -> {
            log.info("pod {} is not assigned to this node any more", uid);
            unassigned(uid);
        });
    }

    public void objectPublished(StoredObject object) {
        if (objects.put(object)) {
            pods.values().stream()
                    .filter(worker -> worker.pod().namespace().equals(object.namespace()))
                    .forEach(worker -> worker.post(new PodMessage.ObjectChanged()));
        }
    }

    public void objectWithdrawn(String resource, String namespace, String name) {
        objects.remove(resource, namespace, name);
    }

    /** An image that a pod asked for is on disk. */
    public void imageReady(String requestId, ImageFacts image) {
        index.ofImageRequest(requestId).map(pods::get).ifPresent(worker -> {
            if (!ImagePins.pin(worker.pod().uid(), image)) {
                log.info("image {} was collected before it could be used; it is asked for again", image.reference());
                return;
            }
            host.store().saveImage(image);
            worker.post(new PodMessage.Happened(new PodFact.ImageIsReady(image.reference(), image)));
        });
    }

    public void imageFailed(String requestId, String reference, String reason, String message) {
        index.ofImageRequest(requestId)
                .map(pods::get)
                .ifPresent(worker ->
                        worker.post(new PodMessage.Happened(new PodFact.ImageFailed(reference, reason, message))));
    }

    private void answered(String podUid, PodFact fact) {
        PodWorker known = pods.get(podUid);
        if (known != null) {
            known.post(new PodMessage.Happened(fact));
        }
    }

    private void containerExited(String containerId) {
        index.ofContainer(containerId)
                .map(pods::get)
                .ifPresent(worker -> worker.post(new PodMessage.Exited(containerId)));
    }

    /** Looks at all logs now instead of at the next round. */
    public void keepLogs() {
        rounds.keepLogs();
    }

    /** A pod of this node by its name. */
    public Optional<PodView> find(String namespace, String name) {
        return pods.values().stream()
                .filter(worker -> worker.pod().namespace().equals(namespace)
                        && worker.pod().name().equals(name))
                .findFirst()
                .map(worker -> new PodView(
                        worker.pod(),
                        worker.state(),
                        host.store().podDirectory(worker.pod().uid())));
    }

    /** The pods as the disk has them, with the status that was told last. */
    public List<ObjectNode> manifests() {
        List<ObjectNode> manifests = new ArrayList<>();
        for (StoredPod stored : host.store().pods()) {
            if (JSON.readTree(stored.pod()) instanceof ObjectNode pod) {
                if (!stored.status().isEmpty()) {
                    pod.set("status", JSON.readTree(stored.status()));
                }
                manifests.add(pod);
            }
        }
        return manifests;
    }

    /** What the containers that run now have used. */
    public List<ContainerUse> usage() {
        List<ContainerUse> all = new ArrayList<>();
        for (PodWorker worker : pods.values()) {
            PodSpec pod = worker.pod();
            PodState state = worker.state();
            for (ContainerSpec container : pod.containers()) {
                if (state.container(container.name()).phase() == ContainerState.Phase.RUNNING) {
                    usage.use(pod, container.name())
                            .ifPresent(use -> all.add(new ContainerUse(pod, container.name(), use)));
                }
            }
        }
        return all;
    }

    /**
     * Starts a command in a running container.
     *
     * @throws dev.waybill.node.oci.CommandFailedException when it cannot be started
     */
    public RunningCommand exec(PodView pod, String container, CommandRequest request) {
        ContainerState state = pod.state().container(container);
        return host.runtime().exec(state.containerId(), pod.bundle(container, state.attempt()), request);
    }

    /**
     * Joins the streams of a running container's first process.
     *
     * @throws dev.waybill.node.oci.CommandFailedException when it has ended
     */
    public RunningCommand attach(PodView pod, String container, CommandRequest request) {
        ContainerState state = pod.state().container(container);
        return host.runtime().attach(state.containerId(), pod.bundle(container, state.attempt()), request);
    }

    /** The ports on a pod's own loopback interface. */
    public PortDialer ports(PodView pod) {
        return new PodPorts(
                pod.pod().hostNetwork() ? null : host.paths(pod.pod().uid()).networkNamespace());
    }

    /** Ends every container and sandbox of this node, as a restart of the machine would: the pods stay assigned. */
    public void stopPods(Duration grace) {
        rounds.stopTicks();
        stopAll(worker -> worker.shutDown(grace));
        restoreMachine();
    }

    /**
     * The same for what an agent that crashed left running; of an agent that was not started.
     *
     * @throws IllegalStateException naming pods that could not be stopped; what they need of the machine stays, so that it
     *     can be tried again
     */
    public void stopLeftovers(Duration grace) {
        host.network().awaitStrays();
        takeUp();
        Set<String> left = stopAll(worker -> worker.endLeftover(grace));
        if (!left.isEmpty()) {
            throw new IllegalStateException("node " + host.name() + ": not stopped: " + String.join(", ", left));
        }
        restoreMachine();
    }

    /** Returns those that it could not stop. */
    private Set<String> stopAll(Predicate<PodWorker> stopping) {
        List<PodWorker> all = new ArrayList<>(pods.values());
        Set<String> left = new ConcurrentSkipListSet<>();
        try (ExecutorService enders = Executors.newFixedThreadPool(Math.clamp(all.size(), 1, ENDED_AT_ONCE))) {
            all.forEach(worker -> enders.execute(() -> {
                if (!stopping.test(worker)) {
                    left.add(worker.pod().key());
                }
            }));
        }
        return left;
    }

    private void restoreMachine() {
        host.readyNetworks().clear();
        closeRelay();
        host.network().removeBridge();
        host.hostNetwork().restore();
        host.cgroups().removeUpwards(host.cgroupParent());
    }

    private void closeRelay() {
        GatewayAccess access = host.gateway();
        if (access != null) {
            access.relay().close();
        }
    }

    @Override
    public void close() {
        rounds.stopTicks();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        rounds.close();
        probes.close();
        host.readyNetworks().close();
        closeRelay();
        if (exits != null) {
            exits.close();
        }
    }
}
