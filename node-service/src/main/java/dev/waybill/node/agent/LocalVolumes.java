package dev.waybill.node.agent;

import dev.waybill.node.kernel.Mounts;
import dev.waybill.node.pod.BoundVolume;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * PersistentVolumes as this node sees them: directories that it made for claims, in one directory of its own, and paths
 * that others name. What it made goes with the volume when the reclaim policy says so. Thread-safe for different volumes.
 */
final class LocalVolumes {
    private static final Logger log = LoggerFactory.getLogger(LocalVolumes.class);
    private static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    private static final String PROVISIONER = "waybill.dev/local-directory";
    private static final String GOING = ".going-";

    private final Path directory;

    LocalVolumes(Path directory) {
        this.directory = directory;
        finishRemovals();
    }

    /**
     * The volume of a bound claim.
     *
     * @throws ContainerConfigException when it is none that a node can mount
     */
    BoundVolume of(JsonNode volume) {
        String name = volume.path("metadata").path("name").asString("");
        JsonNode spec = volume.path("spec");
        if (spec.path("volumeMode").asString("").equals("Block")) {
            throw new ContainerConfigException("persistentvolume \"" + name + "\": this node has no block volumes");
        }
        boolean readOnly = spec.path("accessModes").size() == 1
                && spec.path("accessModes").path(0).asString("").equals("ReadOnlyMany");
        if (spec.has("local")) {
            String path = spec.path("local").path("path").asString("");
            boolean made = isMade(volume);
            return new BoundVolume(name, path, made ? "" : "Existing", made, readOnly);
        }
        if (spec.has("hostPath")) {
            JsonNode path = spec.path("hostPath");
            return new BoundVolume(
                    name, path.path("path").asString(""), path.path("type").asString(""), false, readOnly);
        }
        throw new ContainerConfigException(
                "persistentvolume \"" + name + "\": this node mounts local and hostPath volumes only");
    }

    /** Whether it is one of this node's own making, where this node would have put it. */
    private boolean isMade(JsonNode volume) {
        JsonNode metadata = volume.path("metadata");
        String name = metadata.path("name").asString("");
        return metadata.path("annotations").path(PROVISIONED_BY).asString("").equals(PROVISIONER)
                && name.startsWith("pvc-")
                && !name.contains("/")
                && volume.path("spec")
                        .path("local")
                        .path("path")
                        .asString("")
                        .equals(directory.resolve(name).toString());
    }

    /** The volume is no more: so is its directory, if this node made it and it is not to be retained. */
    void removed(JsonNode volume) {
        String policy =
                volume.path("spec").path("persistentVolumeReclaimPolicy").asString("");
        if (!isMade(volume) || !policy.equals("Delete")) {
            return;
        }
        Path path = directory.resolve(volume.path("metadata").path("name").asString(""));
        try {
            if (Files.isDirectory(path)) {
                Mounts.unmountBelow(path);
                Files.move(path, path.resolveSibling(GOING + path.getFileName()));
            }
            finishRemovals();
        } catch (IOException e) {
            log.warn("the directory of volume {} is not removed: {}", path.getFileName(), e.toString());
        }
    }

    /** Deletes beside everything else what was put aside, by an earlier start too. */
    private void finishRemovals() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Thread.ofVirtual().name("volume-removal").start(() -> {
            try (Stream<Path> going = Files.list(directory)) {
                going.filter(path -> path.getFileName().toString().startsWith(GOING))
                        .forEach(Trees::delete);
            } catch (IOException e) {
                log.warn("{} is not cleared: {}", directory, e.toString());
            }
        });
    }
}
