package dev.waybill.node.agent;

import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.StorageLimits;
import dev.waybill.node.pod.VolumeSpec;
import dev.waybill.node.storage.DiskUse;
import dev.waybill.node.storage.OverlayRoot;
import dev.waybill.node.storage.WrittenLayer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evicts pods that take more of the disk than they may, as the kubelet does: by empty directories, which in memory have
 * their size from the kernel, by what containers write beside their volumes, and by logs. Looks at one pod after another,
 * beside everything else. Thread-safe.
 */
final class StorageEviction {
    private static final Logger log = LoggerFactory.getLogger(StorageEviction.class);

    private final NodeHost host;
    private final AtomicBoolean looking = new AtomicBoolean();

    StorageEviction(NodeHost host) {
        this.host = host;
    }

    /** Begins to look, unless it still does. */
    void check(Collection<PodWorker> workers) {
        List<PodWorker> limited =
                workers.stream().filter(StorageEviction::isLimited).toList();
        if (!limited.isEmpty() && looking.compareAndSet(false, true)) {
            Thread.ofVirtual().name("storage-eviction").start(() -> {
                try {
                    limited.forEach(this::look);
                } finally {
                    looking.set(false);
                }
            });
        }
    }

    private static boolean isLimited(PodWorker worker) {
        return worker.state().sandbox() == PodState.Sandbox.READY
                && worker.state().ending() == null
                && !worker.pod().storage().none();
    }

    private void look(PodWorker worker) {
        try {
            worker.pod().storage().exceeded(use(worker)).ifPresent(message -> {
                log.info("pod {} is evicted: {}", worker.pod().key(), message);
                worker.post(new PodMessage.Happened(new PodFact.Evicted(message)));
            });
        } catch (RuntimeException e) {
            log.warn(
                    "pod {}: how much of the disk it takes is not known: {}",
                    worker.pod().key(),
                    e.toString());
        }
    }

    private StorageLimits.Use use(PodWorker worker) {
        PodPaths paths = host.paths(worker.pod().uid());
        StorageLimits limits = worker.pod().storage();
        Map<String, Path> volumes = new HashMap<>();
        for (VolumeSpec volume : worker.pod().volumes()) {
            if (limits.volumes().containsKey(volume.name()) || (limits.ofContainers() && onDisk(volume))) {
                volumes.put(volume.name(), paths.volumes().resolve(volume.name()));
            }
        }
        Map<String, List<Path>> containers = new HashMap<>();
        Map<String, Long> ofTrees = new HashMap<>();
        if (limits.ofContainers()) {
            for (ContainerState container : worker.state().containers().values()) {
                Path bundle = paths.bundle(container.name(), container.attempt());
                containers.put(
                        container.name(),
                        List.of(
                                OverlayRoot.written(bundle),
                                bundle.resolve(ContainerBundle.TERMINATION_LOG),
                                paths.logs(container.name())));
                ofTrees.put(container.name(), WrittenLayer.bytesInTree(bundle));
            }
        }
        List<Path> all = new ArrayList<>(volumes.values());
        containers.values().forEach(all::addAll);
        Map<Path, Long> bytes = DiskUse.of(all);
        Map<String, Long> ofVolumes = new HashMap<>();
        volumes.forEach((name, path) -> ofVolumes.put(name, bytes.getOrDefault(path, 0L)));
        Map<String, Long> ofContainers = new HashMap<>();
        containers.forEach((name, places) -> ofContainers.put(
                name,
                ofTrees.getOrDefault(name, 0L)
                        + places.stream()
                                .mapToLong(place -> bytes.getOrDefault(place, 0L))
                                .sum()));
        return new StorageLimits.Use(ofContainers, ofVolumes);
    }

    /** The volumes that Kubernetes counts: empty directories and ConfigMaps. */
    private static boolean onDisk(VolumeSpec volume) {
        return switch (volume) {
            case VolumeSpec.EmptyDir empty -> !empty.memory();
            case VolumeSpec.Projected projected ->
                projected.sources().stream()
                        .allMatch(source -> source instanceof VolumeSpec.Source.ObjectFiles files
                                && files.resource().equals("configmaps"));
            case VolumeSpec.HostPath _, VolumeSpec.Claim _, VolumeSpec.Unsupported _ -> false;
        };
    }
}
