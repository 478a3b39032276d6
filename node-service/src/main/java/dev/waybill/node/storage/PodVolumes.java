package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.pod.BoundVolume;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodFields;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The volumes of a pod, in a directory of the pod's. One thread per pod. */
public final class PodVolumes {
    private static final String WAITING = "ContainerCreating";

    private PodVolumes() {}

    /**
     * Makes the volumes, or brings them up to date; the directory of each by name.
     *
     * @throws ContainerConfigException when an object is missing, or the kind of volume is unknown to this node
     */
    public static Map<String, Path> prepare(Path directory, PodFields fields, ObjectSource objects) {
        Map<String, Path> paths = new HashMap<>();
        for (VolumeSpec volume : fields.pod().volumes()) {
            try {
                paths.put(volume.name(), prepare(directory.resolve(volume.name()), volume, fields, objects));
            } catch (IOException e) {
                throw new UncheckedIOException("volume " + volume.name(), e);
            }
        }
        return paths;
    }

    private static Path prepare(Path path, VolumeSpec volume, PodFields fields, ObjectSource objects)
            throws IOException {
        return switch (volume) {
            case VolumeSpec.EmptyDir empty -> emptyDir(path, empty, fields.pod());
            case VolumeSpec.HostPath host -> hostPath(host);
            case VolumeSpec.Projected projected -> projected(path, projected, fields, objects);
            case VolumeSpec.Claim claim -> claim(claim, fields.pod(), objects);
            case VolumeSpec.Unsupported unsupported ->
                throw new ContainerConfigException(
                        WAITING,
                        "volume \"" + volume.name() + "\": this node has no volumes of kind " + unsupported.kind());
        };
    }

    private static Path emptyDir(Path path, VolumeSpec.EmptyDir volume, PodSpec pod) throws IOException {
        if (Files.isDirectory(path)) {
            return path;
        }
        Files.createDirectories(path);
        if (volume.memory()) {
            long bytes = smaller(volume.limit().value(), pod.memoryLimitBytes());
            String size = bytes > 0 ? ",size=" + bytes : "";
            Linux.mount("tmpfs", path, "tmpfs", Linux.MS_NOSUID | Linux.MS_NODEV, "mode=777" + size);
        }
        AtomicFiles.permit(path, 0777);
        Long group = pod.security().fsGroup();
        if (group != null) {
            Files.setAttribute(path, "unix:gid", group.intValue());
            Files.setAttribute(path, "unix:mode", 02777);
        }
        return path;
    }

    /** The smaller of two limits, of which 0 is none: no file system in memory need be larger than the pod may be. */
    private static long smaller(long first, long second) {
        return first == 0 || second == 0 ? Math.max(first, second) : Math.min(first, second);
    }

    private static Path claim(VolumeSpec.Claim volume, PodSpec pod, ObjectSource objects) throws IOException {
        BoundVolume bound;
        try {
            bound = objects.volume(pod.namespace(), volume.claim());
        } catch (ContainerConfigException e) {
            throw new ContainerConfigException(
                    WAITING, "MountVolume.SetUp failed for volume \"" + volume.name() + "\" : " + e.getMessage());
        }
        if (!bound.made()) {
            return hostPath(new VolumeSpec.HostPath(volume.name(), bound.path(), bound.type()));
        }
        Path path = Path.of(bound.path());
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path);
            AtomicFiles.permit(path, 0777);
        }
        Long group = pod.security().fsGroup();
        if (group != null) {
            Files.setAttribute(path, "unix:gid", group.intValue());
            Files.setAttribute(path, "unix:mode", 02777);
        }
        return path;
    }

    private static Path hostPath(VolumeSpec.HostPath volume) throws IOException {
        Path path = Path.of(volume.path());
        switch (volume.type()) {
            case "DirectoryOrCreate" -> Files.createDirectories(path);
            case "FileOrCreate" -> {
                if (!Files.exists(path)) {
                    Files.createFile(path);
                }
            }
            case "Directory" -> require(volume, Files.isDirectory(path), "a directory");
            case "File" -> require(volume, Files.isRegularFile(path), "a file");
            case "", "Existing" -> require(volume, Files.exists(path), "there");
            default -> require(volume, Files.exists(path), "a " + volume.type());
        }
        return path;
    }

    private static void require(VolumeSpec.HostPath volume, boolean satisfied, String what) {
        if (!satisfied) {
            throw new ContainerConfigException(
                    WAITING, "hostPath volume \"" + volume.name() + "\": " + volume.path() + " is not " + what);
        }
    }

    private static Path projected(Path path, VolumeSpec.Projected volume, PodFields fields, ObjectSource objects)
            throws IOException {
        Map<String, AtomicFiles.Content> files = new TreeMap<>();
        boolean secret = false;
        Long group = fields.pod().security().fsGroup();
        for (VolumeSpec.Source source : volume.sources()) {
            switch (source) {
                case VolumeSpec.Source.ObjectFiles object -> {
                    secret |= object.resource().equals("secrets");
                    files.putAll(objectFiles(volume, object, fields.pod().namespace(), objects));
                }
                case VolumeSpec.Source.AccountToken token -> {
                    secret = true;
                    files.put(token.path(), token(path, volume, token, fields.pod(), objects));
                }
                case VolumeSpec.Source.Fields list -> {
                    for (VolumeSpec.Item item : list.items()) {
                        byte[] value = fields.value(item.key()).getBytes(StandardCharsets.UTF_8);
                        files.put(item.path(), AtomicFiles.Content.of(value, mode(item, volume)));
                    }
                }
            }
        }
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path);
            if (secret) {
                // Secrets stay off the disk.
                Linux.mount("tmpfs", path, "tmpfs", Linux.MS_NOSUID | Linux.MS_NODEV | Linux.MS_NOEXEC, "mode=755");
            }
        }
        if (group != null) {
            files.replaceAll((_, content) -> content.sharedWith(group.intValue()));
        }
        AtomicFiles.write(path, files);
        return path;
    }

    /**
     * A token is its user's alone where all containers run as the same one, and its group's where the pod has an fsGroup;
     * otherwise everyone in the pod reads it (k8s.io/kubernetes/pkg/volume/projected). Without the gateway a container that
     * starts again finds the token that the pod had.
     */
    private static AtomicFiles.Content token(
            Path path,
            VolumeSpec.Projected volume,
            VolumeSpec.Source.AccountToken source,
            PodSpec pod,
            ObjectSource objects)
            throws IOException {
        byte[] token;
        try {
            token = objects.token(pod, source);
        } catch (ContainerConfigException e) {
            Path present = path.resolve(source.path());
            if (!Files.isRegularFile(present)) {
                throw new ContainerConfigException(
                        WAITING, "MountVolume.SetUp failed for volume \"" + volume.name() + "\" : " + e.getMessage());
            }
            token = Files.readAllBytes(present);
        }
        Long user = pod.commonUser();
        boolean ofSome = user != null || pod.security().fsGroup() != null;
        AtomicFiles.Content content = AtomicFiles.Content.of(token, ofSome ? 0600 : volume.defaultMode());
        return user == null ? content : content.ownedBy(user.intValue());
    }

    private static Map<String, AtomicFiles.Content> objectFiles(
            VolumeSpec.Projected volume, VolumeSpec.Source.ObjectFiles source, String namespace, ObjectSource objects) {
        String kind = source.resource().equals("secrets") ? "secret" : "configmap";
        Optional<Map<String, byte[]>> data = objects.data(source.resource(), namespace, source.object());
        if (data.isEmpty() && !source.optional()) {
            throw new ContainerConfigException(
                    WAITING,
                    "MountVolume.SetUp failed for volume \"" + volume.name() + "\" : " + kind + " \"" + source.object()
                            + "\" not found");
        }
        Map<String, byte[]> present = data.orElse(Map.of());
        Map<String, AtomicFiles.Content> files = new TreeMap<>();
        if (source.items().isEmpty()) {
            present.forEach((key, value) -> files.put(key, AtomicFiles.Content.of(value, volume.defaultMode())));
        }
        for (VolumeSpec.Item item : source.items()) {
            byte[] value = present.get(item.key());
            if (value != null) {
                files.put(item.path(), AtomicFiles.Content.of(value, mode(item, volume)));
            } else if (!source.optional()) {
                throw new ContainerConfigException(
                        WAITING,
                        "MountVolume.SetUp failed for volume \"" + volume.name() + "\" : " + kind
                                + " references non-existent config key: " + item.key());
            }
        }
        return files;
    }

    private static int mode(VolumeSpec.Item item, VolumeSpec.Projected volume) {
        return item.mode() < 0 ? volume.defaultMode() : item.mode();
    }

    /** Unmounts what was mounted; the files go with the pod's directory. */
    public static void unmountAll(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> volumes = Files.list(directory)) {
            volumes.forEach(Linux::unmount);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
    }
}
