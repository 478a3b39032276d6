package dev.waybill.node.agent;

import dev.waybill.node.oci.Command;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.VolumeSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evicts pods whose empty directories on disk take more than their limit, as the kubelet does; those in memory have their
 * size from the kernel. Looks at one directory after another, beside everything else. Thread-safe.
 */
final class EmptyDirLimits {
    private static final Logger log = LoggerFactory.getLogger(EmptyDirLimits.class);

    private final NodeHost host;
    private final AtomicBoolean looking = new AtomicBoolean();

    EmptyDirLimits(NodeHost host) {
        this.host = host;
    }

    /** Begins to look, unless it still does. */
    void check(Collection<PodWorker> workers) {
        List<PodWorker> limited =
                workers.stream().filter(EmptyDirLimits::isLimited).toList();
        if (!limited.isEmpty() && looking.compareAndSet(false, true)) {
            Thread.ofVirtual().name("empty-dirs").start(() -> {
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
                && worker.pod().volumes().stream().anyMatch(EmptyDirLimits::isLimited);
    }

    private static boolean isLimited(VolumeSpec volume) {
        return volume instanceof VolumeSpec.EmptyDir empty
                && !empty.memory()
                && empty.limit().value() > 0;
    }

    private void look(PodWorker worker) {
        Path volumes = host.paths(worker.pod().uid()).volumes();
        for (VolumeSpec volume : worker.pod().volumes()) {
            if (isLimited(volume) && volume instanceof VolumeSpec.EmptyDir empty) {
                if (used(volumes.resolve(empty.name())) > empty.limit().value()) {
                    String message = "Usage of EmptyDir volume \"" + empty.name() + "\" exceeds the limit \""
                            + empty.limit() + "\".";
                    log.info("pod {} is evicted: {}", worker.pod().key(), message);
                    worker.post(new PodMessage.Happened(new PodFact.Evicted(message)));
                    return;
                }
            }
        }
    }

    /** Blocks on the disk, with holes not counted and links once: du(1) knows. */
    private static long used(Path directory) {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try {
            String line = Command.run(List.of("du", "-sx", "-B1", directory.toString()));
            return Long.parseLong(line.strip().split("\\s", 2)[0]);
        } catch (RuntimeException e) {
            log.debug("the size of {} is not known: {}", directory, e.toString());
            return 0; // files went away meanwhile
        }
    }
}
