package dev.waybill.node.testing;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.node.HostConfiguration;
import dev.waybill.node.LogSettings;
import dev.waybill.node.NodeReserve;
import dev.waybill.node.NodeSettings;
import dev.waybill.node.ReadySandboxes;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.node.agent.NodeObjects;
import dev.waybill.node.agent.PodView;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.store.StoredObject;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.RunningCommand;
import dev.waybill.node.token.PodTokens;
import dev.waybill.node.token.TokenIssuer;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node on this machine without a broker, of 2 CPUs and 2 GiB of which it keeps half; closed, nothing of it is left. */
public final class NodeBench implements AutoCloseable {
    private final Path directory;
    private final String parent;
    private final RecordedEvents events;
    private final NodeSettings settings;
    private final int ready;
    private final Clock clock;
    private ImageFacts facts;
    private final @Nullable TokenIssuer issuer;
    private NodeHost host;
    private NodeAgent agent;
    private long revision;
    private boolean closed;
    private volatile String imageConfig = "{}";
    private String lastSpec = "{}";

    public NodeBench(Path directory) throws IOException {
        this(directory, "overlay");
    }

    /** Containers' roots are made by the given storage driver. */
    public NodeBench(Path directory, String driver) throws IOException {
        this(directory, driver, UUID.randomUUID().toString().substring(0, 8), 0);
    }

    /** The node that an earlier one of this tag was, with networks kept ready. */
    public NodeBench(Path directory, String driver, String tag, int ready) throws IOException {
        this(directory, driver, tag, ready, Programs.REAL, new RecordedEvents(), Clock.systemUTC(), null);
    }

    /** Pods get their tokens from an issuer. */
    public NodeBench(Path directory, String driver, TokenIssuer issuer) throws IOException {
        this(
                directory,
                driver,
                UUID.randomUUID().toString().substring(0, 8),
                0,
                Programs.REAL,
                new RecordedEvents(),
                Clock.systemUTC(),
                issuer);
    }

    /** What a node runs: its OCI runtime and the directory of the CNI plugins. */
    public record Programs(String runtime, Path plugins) {
        static final Programs REAL = new Programs("crun", Path.of("/usr/lib/cni"));
    }

    public NodeBench(
            Path directory, String driver, String tag, int ready, Programs programs, RecordedEvents events, Clock clock)
            throws IOException {
        this(directory, driver, tag, ready, programs, events, clock, null);
    }

    /** @param issuer where pods get their tokens from; null for none */
    public NodeBench(
            Path directory,
            String driver,
            String tag,
            int ready,
            Programs programs,
            RecordedEvents events,
            Clock clock,
            @Nullable TokenIssuer issuer)
            throws IOException {
        this.issuer = issuer;
        this.directory = directory;
        this.events = events;
        this.ready = ready;
        this.clock = clock;
        this.parent = "/waybill-it-" + tag;
        Path layer = directory.resolve("layer");
        if (!Files.exists(layer)) {
            ShellLayer.make(layer);
        }
        this.settings = new NodeSettings(
                "it-node",
                directory.resolve("node"),
                "127.0.0.1",
                0,
                directory.resolve("pki"),
                directory.resolve("key"),
                parent,
                "10.213.79.0/24",
                "wbt" + tag,
                programs.runtime(),
                List.of("crun", "runc", "runsc"),
                false,
                1L << 30,
                List.of("net.core.somaxconn"),
                programs.plugins(),
                2_000,
                2L << 30,
                0,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                true,
                Duration.ofSeconds(5),
                null,
                "",
                443);
        facts = new ImageFacts("app:1", "sha256:1", "", List.of(layer.toString()), "{}", "", driver);
        host = makeHost();
        begin();
    }

    private NodeHost makeHost() throws IOException {
        return new HostConfiguration()
                .nodeHost(
                        settings,
                        new NodeReserve(1_000, 1L << 30),
                        new ReadySandboxes(ready),
                        new LogSettings(64 << 10, 4));
    }

    private void begin() throws IOException {
        agent = new NodeAgent(
                host,
                events,
                new NodeObjects(
                        host.store(),
                        SecretCipher.fromKeyFile(directory.resolve("key")),
                        issuer == null ? null : new PodTokens(issuer, clock)),
                clock);
        answerImagesWith(() -> {});
        agent.start(Duration.ofSeconds(5));
    }

    /** The agent ends and another takes over; pods do not notice. */
    public void replaceAgent() throws IOException {
        agent.close();
        host = makeHost();
        begin();
    }

    /** What is done before a wish for the image is answered. */
    public interface Preparing {
        void prepare() throws IOException;
    }

    /** The image's directories are these from now on, such as a store prepared them. */
    public synchronized void useImage(List<String> paths) {
        facts = new ImageFacts(
                "app:1", facts.imageId(), facts.repoDigest(), paths, facts.config(), facts.storePath(), facts.driver());
    }

    /** Answers wishes for the image one after another, as answers come from Kafka. */
    public void answerImagesWith(Preparing preparing) {
        events.onImageWanted((requestId, reference) -> {
            try {
                preparing.prepare();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            answer(requestId, reference);
        });
    }

    /** What the image says of the process to start, from the next answer on; JSON of the OCI image-spec's config. */
    public void imageConfig(String config) {
        imageConfig = config;
    }

    /** Answers a wish, as for the image with the reference that was wished for. */
    public synchronized void answer(String requestId, String reference) {
        agent.imageReady(
                requestId,
                new ImageFacts(
                        reference,
                        facts.imageId(),
                        facts.repoDigest(),
                        facts.layerPaths(),
                        imageConfig,
                        facts.storePath(),
                        facts.driver()));
    }

    public RecordedEvents events() {
        return events;
    }

    /** Assigns a pod or its next revision; annotations and the list of containers are JSON. */
    public void assign(String name, String annotations, String containers) {
        assign(name, ", \"annotations\": " + annotations, true, containers);
    }

    /** Assigns a pod with a network of its own; {@code metadata} is what follows its name. */
    public void assignConnected(String name, String metadata, String containers) {
        assign(name, metadata, false, containers);
    }

    private void assign(String name, String metadata, boolean hostNetwork, String containers) {
        agent.assigned(
                """
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s" %s},
                 "spec": {"hostNetwork": %s, "terminationGracePeriodSeconds": 2, "containers": [%s]}}""".formatted(name, name, metadata, hostNetwork, containers), ++revision, TraceContext.newRoot());
    }

    /** Forgets a pod: the API does not know it any more. */
    public void unassign(String name) {
        agent.unassigned("uid-" + name);
    }

    public NodeHost host() {
        return host;
    }

    public NodeAgent agent() {
        return agent;
    }

    /** Ends the agent alone, as an update of the program does; its pods run on. */
    public void leave() {
        agent.close();
    }

    /** The same with a whole spec. */
    public void assignSpec(String name, String spec) {
        agent.assigned("""
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s"}, "spec": %s}""".formatted(name, name, spec), ++revision, TraceContext.newRoot());
    }

    /** The API forgets the pod; returns when nothing of it is left. */
    public void remove(String name) throws InterruptedException {
        agent.unassigned("uid-" + name);
        events.await("sandbox removed", name);
    }

    public void publishRuntimeClass(String name, String handler) {
        agent.objectPublished(new StoredObject("runtimeclasses", "", name, true, """
                {"handler": "%s"}""".formatted(handler)));
    }

    /** What a command in a running container writes, both streams. */
    public String run(String pod, String container, String... command) throws Exception {
        CommandRequest request = new CommandRequest(List.of(command), false, true, true, false);
        PodView view = agent.find("shop", pod).orElseThrow();
        try (RunningCommand running = agent.exec(view, container, request)) {
            running.stdin().close();
            String output = new String(running.stdout().readAllBytes(), StandardCharsets.UTF_8)
                    + new String(running.stderr().readAllBytes(), StandardCharsets.UTF_8);
            running.await();
            return output.strip();
        }
    }

    /** The first process of a running container. */
    public int pid(String pod, String container) {
        return agent.find("shop", pod)
                .orElseThrow()
                .state()
                .container(container)
                .pid();
    }

    /** What the node keeps of a pod. */
    public Path podDirectory(String name) {
        return directory.resolve("node/pods/uid-" + name);
    }

    public Path directory() {
        return directory;
    }

    /** Assigns a pod whose whole spec is JSON. */
    public void assignPod(String name, String spec) {
        lastSpec = spec;
        agent.assigned("""
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s"}, "spec": %s}""".formatted(name, name, spec), ++revision, TraceContext.newRoot());
    }

    /** Somebody deletes the pod that was assigned by {@link #assignPod} last. */
    public void deleteLast(String name) {
        agent.assigned("""
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s",
                              "deletionTimestamp": "2026-01-01T00:00:00Z"}, "spec": %s}""".formatted(name, name, lastSpec), ++revision, TraceContext.newRoot());
    }

    /** The API forgets a pod. */
    public void forget(String name) {
        agent.unassigned("uid-" + name);
    }

    /** A file of a control group below the node's. */
    public String read(String controller, String rest) throws IOException {
        return Files.readString(Path.of("/sys/fs/cgroup", controller + parent + rest))
                .strip();
    }

    public boolean leftGroups() {
        return Files.exists(Path.of("/sys/fs/cgroup/memory" + parent));
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(2));
    }

    /** The same with so much time for containers to end by themselves; closing it again does nothing more. */
    public void close(Duration grace) {
        if (!closed) {
            closed = true;
            agent.stopPods(grace);
            agent.close();
        }
    }
}
