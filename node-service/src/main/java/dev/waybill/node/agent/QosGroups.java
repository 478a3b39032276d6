package dev.waybill.node.agent;

import dev.waybill.node.cgroup.CgroupLimitException;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodSpec.QosClass;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.HostAbilities;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control groups above the pods': the node's holds all pods to what is allocatable, and each class of service weighs
 * what its pods asked for, best effort next to nothing. Used by one thread.
 */
final class QosGroups {
    private static final Logger log = LoggerFactory.getLogger(QosGroups.class);

    private final NodeHost host;
    private List<PodSpec> seen = List.of();

    QosGroups(NodeHost host) {
        this.host = host;
    }

    /** Brings the groups that exist up to date with the pods whose groups stand. */
    void update(List<PodSpec> pods) {
        if (pods.equals(seen)) {
            return;
        }
        try {
            wanted(pods).forEach((group, limits) -> host.cgroups().apply(group, limits));
            seen = pods;
        } catch (CgroupLimitException | UncheckedIOException e) {
            // A class whose last pod just went away; the next round knows better.
            log.debug("groups of the classes of service: {}", e.getMessage());
        }
    }

    private Map<String, CgroupLimits> wanted(Collection<PodSpec> pods) {
        Map<QosClass, Long> shares = new EnumMap<>(QosClass.class);
        HostAbilities abilities = host.abilities();
        pods.forEach(pod ->
                shares.merge(pod.qosClass(), host.limitsOf(pod, abilities).cpu().shares(), Long::sum));
        Map<String, CgroupLimits> wanted = new HashMap<>();
        shares.forEach((qos, sum) -> wanted.put(
                host.cgroupParent() + "/" + qos.directory(), weighing(qos == QosClass.BEST_EFFORT ? 2 : sum, 0)));
        if (!pods.isEmpty()) {
            boolean all = host.allocatableMemoryBytes() >= NodeDescription.machineMemoryBytes();
            wanted.put(
                    host.cgroupParent(),
                    weighing(
                            CgroupLimits.shares(host.allocatableCpuMillis()), all ? 0 : host.allocatableMemoryBytes()));
        }
        return wanted;
    }

    private static CgroupLimits weighing(long shares, long memoryBytes) {
        return new CgroupLimits(
                new CgroupLimits.Cpu(Math.clamp(shares, 2, 262_144), 0, CgroupLimits.PERIOD_MICROS, "", ""),
                new CgroupLimits.Memory(memoryBytes, memoryBytes, 0, -1, false),
                CgroupLimits.BlockIo.NONE,
                0,
                Map.of());
    }

    /** The pods among the workers whose groups stand. */
    static List<PodSpec> standing(Collection<PodWorker> workers) {
        return workers.stream()
                .filter(worker -> worker.state().sandbox() == PodState.Sandbox.READY)
                .map(PodWorker::pod)
                .toList();
    }
}
