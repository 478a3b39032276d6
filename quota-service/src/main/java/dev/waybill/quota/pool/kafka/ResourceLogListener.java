package dev.waybill.quota.pool.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.ResourceKeys;
import dev.waybill.events.objects.ObjectTree;
import dev.waybill.quota.pool.Amounts;
import dev.waybill.quota.pool.PoolKeeper;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Folds pods and pools from the resource log and lets the keeper settle after each batch; what Redis being away left
 * undone is settled with the next batch or {@link #retry}.
 */
final class ResourceLogListener implements LogTail.Listener {
    private static final Logger log = LoggerFactory.getLogger(ResourceLogListener.class);

    private static final ObjectTree POD = ObjectTree.only(List.of(
            "metadata.creationTimestamp",
            "metadata.deletionTimestamp",
            "spec.containers.resources",
            "spec.initContainers.resources",
            "spec.initContainers.restartPolicy",
            "spec.overhead",
            "spec.resources",
            "spec.schedulingGates",
            "status.phase"));

    /** By group and plural name. */
    private static final Set<String> OF_INTEREST = Set.of("/pods", PoolWatch.POOLS);

    private final PoolKeeper keeper;
    private final Runnable openBindings;
    private boolean caughtUp;
    private boolean rebuilt;

    ResourceLogListener(PoolKeeper keeper, Runnable openBindings) {
        this.keeper = keeper;
        this.openBindings = openBindings;
    }

    @Override
    public boolean concerns(String key) {
        return OF_INTEREST.contains(ResourceKeys.kind(key));
    }

    @Override
    public synchronized void onEvent(ReceivedEvent received) {
        if (!(received.event() instanceof ResourceChanged changed)) {
            return;
        }
        switch (changed.getGroup() + "/" + changed.getResource()) {
            case "/pods" -> keeper.replayPod(pod(changed, received), changed.getDeleted());
            case PoolWatch.POOLS -> keeper.replayPool(pool(changed), changed.getDeleted());
            default -> {}
        }
    }

    @Override
    public synchronized void onCaughtUp() {
        caughtUp = true;
        settle();
        openBindings.run();
    }

    @Override
    public synchronized void onBatchEnd() {
        if (caughtUp) {
            settle();
        }
    }

    /** Tries again what could not be done, and compares the ledger with the facts. */
    synchronized void retry() {
        if (!caughtUp) {
            return;
        }
        try {
            keeper.recall();
        } catch (RuntimeException e) {
            log.warn("pools wait: {}", e.toString());
        }
        settle();
        try {
            keeper.drift().forEach((pool, difference) -> {
                log.warn("the ledger of pool {} is off by {}; rebuilding it", pool, difference);
                rebuilt = false;
            });
        } catch (RuntimeException e) {
            log.warn("the ledger could not be compared: {}", e.toString());
        }
    }

    private void settle() {
        try {
            if (!rebuilt) {
                keeper.rebuild();
                rebuilt = true;
            }
            keeper.settle();
        } catch (RuntimeException e) { // Redis is away: the facts are folded, the rest waits for retry()
            log.warn("pools wait: {}", e.toString());
        }
    }

    private static PoolKeeper.Pod pod(ResourceChanged changed, ReceivedEvent received) {
        JsonNode pod = POD.read(changed.getObject());
        String phase = pod.path("status").path("phase").asString("Pending");
        boolean gated = false;
        for (JsonNode gate : pod.path("spec").path("schedulingGates")) {
            gated |= gate.path("name").asString("").equals("waybill.dev/quota");
        }
        boolean live = !phase.equals("Succeeded")
                && !phase.equals("Failed")
                && !(gated && pod.path("metadata").has("deletionTimestamp"));
        return new PoolKeeper.Pod(
                changed.getUid(),
                changed.getNamespace(),
                changed.getName(),
                pod.path("metadata").path("creationTimestamp").asString(""),
                Amounts.ofPod(pod.path("spec")),
                gated,
                live,
                received.trace());
    }

    private static PoolKeeper.Pool pool(ResourceChanged changed) {
        JsonNode spec = JsonMapper.shared().readTree(changed.getObject()).path("spec");
        List<String> namespaces = new ArrayList<>();
        spec.path("namespaces").forEach(namespace -> namespaces.add(namespace.asString("")));
        return new PoolKeeper.Pool(changed.getName(), Amounts.ofCapacity(spec.path("capacity")), namespaces);
    }
}
