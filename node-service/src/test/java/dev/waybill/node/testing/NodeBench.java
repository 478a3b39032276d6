package dev.waybill.node.testing;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.node.HostConfiguration;
import dev.waybill.node.NodeReserve;
import dev.waybill.node.NodeSettings;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.node.agent.NodeObjects;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.token.PodTokens;
import dev.waybill.node.token.TokenIssuer;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node on this machine without a broker, of 2 CPUs and 2 GiB of which it keeps half; closed, nothing of it is left. */
public final class NodeBench implements AutoCloseable {
    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private final String parent = "/waybill-it-" + tag;
    private final RecordedEvents events = new RecordedEvents();
    private final NodeAgent agent;
    private long revision;

    public NodeBench(Path directory) throws IOException {
        this(directory, "overlay");
    }

    /** Containers' roots are made by the given storage driver. */
    public NodeBench(Path directory, String driver) throws IOException {
        this(directory, driver, null);
    }

    /** Pods get their tokens from an issuer; null for none. */
    public NodeBench(Path directory, String driver, @Nullable TokenIssuer issuer) throws IOException {
        Path layer = ShellLayer.make(directory.resolve("layer"));
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
                "crun",
                Path.of("/usr/lib/cni"),
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
        NodeHost host = new HostConfiguration().nodeHost(settings, new NodeReserve(1_000, 1L << 30));
        agent = new NodeAgent(
                host,
                events,
                new NodeObjects(
                        host.store(),
                        SecretCipher.fromKeyFile(directory.resolve("key")),
                        issuer == null ? null : new PodTokens(issuer, Clock.systemUTC())),
                Clock.systemUTC());
        events.onImageWanted((requestId, reference) -> answer(
                requestId, new ImageFacts(reference, "sha256:1", "", List.of(layer.toString()), "{}", "", driver)));
        agent.start(Duration.ofSeconds(5));
    }

    /** One after another, as answers come from Kafka. */
    private synchronized void answer(String requestId, ImageFacts image) {
        agent.imageReady(requestId, image);
    }

    public RecordedEvents events() {
        return events;
    }

    /** Assigns a pod or its next revision; annotations and the list of containers are JSON. */
    public void assign(String name, String annotations, String containers) {
        agent.assigned("""
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s", "annotations": %s},
                 "spec": {"hostNetwork": true, "terminationGracePeriodSeconds": 2, "containers": [%s]}}""".formatted(name, name, annotations, containers), ++revision, TraceContext.newRoot());
    }

    /** Assigns a pod whose whole spec is JSON. */
    public void assignPod(String name, String spec) {
        agent.assigned("""
                {"metadata": {"uid": "uid-%s", "namespace": "shop", "name": "%s"}, "spec": %s}""".formatted(name, name, spec), ++revision, TraceContext.newRoot());
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
        agent.stopPods(Duration.ofSeconds(2));
        agent.close();
    }
}
