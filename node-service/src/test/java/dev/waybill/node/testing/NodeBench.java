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
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A node on this machine without a broker, of 2 CPUs and 2 GiB of which it keeps half; closed, nothing of it is left. */
public final class NodeBench implements AutoCloseable {
    private final String parent;
    private final RecordedEvents events;
    private final NodeHost host;
    private final NodeAgent agent;
    private final ImageFacts facts;
    private long revision;

    public NodeBench(Path directory) throws IOException {
        this(directory, "overlay");
    }

    /** Containers' roots are made by the given storage driver. */
    public NodeBench(Path directory, String driver) throws IOException {
        this(directory, driver, UUID.randomUUID().toString().substring(0, 8), 0);
    }

    /** The node that an earlier one of this tag was, with networks kept ready. */
    public NodeBench(Path directory, String driver, String tag, int ready) throws IOException {
        this(directory, driver, tag, ready, Programs.REAL, new RecordedEvents(), Clock.systemUTC());
    }

    /** What a node runs: its OCI runtime and the directory of the CNI plugins. */
    public record Programs(String runtime, Path plugins) {
        static final Programs REAL = new Programs("crun", Path.of("/usr/lib/cni"));
    }

    public NodeBench(
            Path directory, String driver, String tag, int ready, Programs programs, RecordedEvents events, Clock clock)
            throws IOException {
        this.events = events;
        this.parent = "/waybill-it-" + tag;
        Path layer = directory.resolve("layer");
        if (!Files.exists(layer)) {
            ShellLayer.make(layer);
        }
        NodeSettings settings = new NodeSettings(
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
                programs.plugins(),
                2_000,
                2L << 30,
                0,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                true,
                Duration.ofSeconds(5));
        host = new HostConfiguration()
                .nodeHost(
                        settings,
                        new NodeReserve(1_000, 1L << 30),
                        new ReadySandboxes(ready),
                        new LogSettings(64 << 10, 4));
        agent = new NodeAgent(
                host, events, new NodeObjects(host.store(), SecretCipher.fromKeyFile(directory.resolve("key"))), clock);
        facts = new ImageFacts("app:1", "sha256:1", "", List.of(layer.toString()), "{}", "", driver);
        answerImagesWith(() -> {});
        agent.start(Duration.ofSeconds(5));
    }

    /** What is done before a wish for the image is answered. */
    public interface Preparing {
        void prepare() throws IOException;
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

    /** Answers a wish, as for the image with the reference that was wished for. */
    public synchronized void answer(String requestId, String reference) {
        agent.imageReady(
                requestId,
                new ImageFacts(
                        reference,
                        facts.imageId(),
                        facts.repoDigest(),
                        facts.layerPaths(),
                        facts.config(),
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
        agent.stopPods(Duration.ofSeconds(2));
        agent.close();
    }
}
