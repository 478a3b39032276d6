package dev.waybill.node.testing;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.node.agent.NodeEvents;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.Termination;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;

/** Keeps what a node tells, each as a line of text, and answers its wishes for images. Thread-safe. */
public final class RecordedEvents implements NodeEvents {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Map<String, ContainerUsageSampled> uses = new ConcurrentHashMap<>();
    private final Runnable onEach;

    public RecordedEvents() {
        this(() -> {});
    }

    /** With something to be done before each event is taken. */
    public RecordedEvents(Runnable onEach) {
        this.onEach = onEach;
    }

    private void add(String line) {
        onEach.run();
        lines.add(line);
    }

    private volatile BiConsumer<String, String> images = (_, _) -> {};

    /** Called with request id and reference. */
    public void onImageWanted(BiConsumer<String, String> answer) {
        images = answer;
    }

    /** The first line that starts with {@code kind} and has all the parts. */
    public String await(String kind, String... parts) throws InterruptedException {
        return await(Eventually.PATIENCE, kind, parts);
    }

    /** The same for what takes longer than usual. */
    public String await(Duration patience, String kind, String... parts) throws InterruptedException {
        Predicate<String> wanted =
                line -> line.startsWith(kind + " ") && List.of(parts).stream().allMatch(line::contains);
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            for (String line : lines) {
                if (wanted.test(line)) {
                    return line;
                }
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no " + kind + " with " + List.of(parts) + " in\n" + String.join("\n", lines));
    }

    /** The last sample of a container that fulfils the wish. */
    public ContainerUsageSampled awaitUse(String container, Predicate<ContainerUsageSampled> wish)
            throws InterruptedException {
        long deadline = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            ContainerUsageSampled use = uses.get(container);
            if (use != null && wish.test(use)) {
                return use;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no such use of " + container + ", the last is " + uses.get(container));
    }

    public List<String> lines() {
        return lines;
    }

    public void clear() {
        lines.clear();
    }

    private static String name(ContainerRef container) {
        return container.getPodName() + "/" + container.getContainerName();
    }

    @Override
    public void imageWanted(Subject pod, String reference, String pullPolicy, String requestId) {
        add("wanted " + reference);
        images.accept(requestId, reference);
    }

    @Override
    public void sandboxCreated(Subject pod, String podIp, Duration took) {
        add("sandbox " + pod.pod().name() + " " + podIp);
    }

    @Override
    public void sandboxFailed(Subject pod, String message) {
        add("no sandbox " + pod.pod().name() + " " + message);
    }

    @Override
    public void sandboxRemoved(Subject pod, Duration took) {
        add("sandbox removed " + pod.pod().name());
    }

    @Override
    public void containerCreated(Subject pod, ContainerRef container, ImageFacts image) {
        add("created " + name(container));
    }

    @Override
    public void containerStarted(Subject pod, ContainerRef container, int pid, Instant at, Map<String, String> limits) {
        add("started " + name(container) + " " + limits);
    }

    @Override
    public void containerResourcesUpdated(
            Subject pod, ContainerRef container, Map<String, String> limits, List<String> waiting) {
        add("updated " + name(container) + " " + limits + " waiting " + waiting);
    }

    @Override
    public void containerResourcesRefused(Subject pod, ContainerRef container, String message) {
        add("refused " + name(container) + " " + message);
    }

    @Override
    public void containerExited(Subject pod, ContainerRef container, Termination termination, long memoryLimitBytes) {
        add("exited " + name(container) + " " + termination.reason() + " oom " + termination.oomKilled());
    }

    @Override
    public void containerHookFailed(Subject pod, ContainerRef container, String hook, String message) {
        add("hook failed " + name(container) + " " + hook + ": " + message);
    }

    @Override
    public void containerProbeFailed(Subject pod, ContainerRef container, String probe, String message) {
        add("unwell " + name(container) + " " + probe + ": " + message);
    }

    @Override
    public void containerHeldBack(Subject pod, ContainerRef container, Duration delay, String message) {}

    @Override
    public CompletableFuture<Void> podStatus(Subject pod, String status) {
        add("status " + pod.pod().name() + " " + status);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> podTerminated(Subject pod, String status) {
        add("terminated " + pod.pod().name() + " " + status);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void registered(String node) {}

    @Override
    public void alive() {}

    @Override
    public void usage(String podUid, SpecificRecord sample) {
        if (sample instanceof ContainerUsageSampled use) {
            uses.put(use.getContainer().getPodName() + "/" + use.getContainer().getContainerName(), use);
        }
    }
}
