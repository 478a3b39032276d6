package dev.waybill.node.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a ConfigMap, Secret or projected volume, replaced all at once: they lie in a directory of their own, and
 * the link {@code ..data} moves to the new one (Kubernetes' atomic writer). One thread per directory.
 */
final class AtomicFiles {
    private static final String DATA = "..data";

    private AtomicFiles() {}

    /** A file's content, permissions and owner; the buffer has an array and is never moved. */
    record Content(ByteBuffer bytes, int mode, int uid, int gid) {
        static Content of(byte[] bytes, int mode) {
            return new Content(ByteBuffer.wrap(bytes), mode, 0, 0);
        }

        Content ownedBy(int user) {
            return new Content(bytes, mode, user, gid);
        }

        /** Read by a group too, as the volumes of a pod with an fsGroup are (SetVolumeOwnership in k8s.io/kubernetes). */
        Content sharedWith(int group) {
            return new Content(bytes, mode | 0440, uid, group);
        }
    }

    static void write(Path directory, Map<String, Content> files) {
        try {
            if (unchanged(directory, files)) {
                return;
            }
            Path old = directory.resolve(DATA);
            Path previous = Files.isSymbolicLink(old) ? directory.resolve(Files.readSymbolicLink(old)) : null;
            Path fresh = Files.createTempDirectory(directory, "..data_");
            permit(fresh, 0755);
            for (var file : files.entrySet()) {
                Path path = fresh.resolve(file.getKey()).normalize();
                if (!path.startsWith(fresh) || path.equals(fresh)) {
                    throw new IllegalArgumentException("path " + file.getKey() + " leads out of the volume");
                }
                Files.createDirectories(path.getParent());
                Files.write(path, file.getValue().bytes().array());
                permit(path, file.getValue().mode());
                if (file.getValue().uid() != 0 || file.getValue().gid() != 0) {
                    Files.setAttribute(path, "unix:uid", file.getValue().uid());
                    Files.setAttribute(path, "unix:gid", file.getValue().gid());
                }
            }
            Path link = directory.resolve("..data_tmp");
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, fresh.getFileName());
            Files.move(link, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            linkNames(directory, files.keySet());
            if (previous != null) {
                Trees.delete(previous);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the files of " + directory, e);
        }
    }

    /** The user-visible names: the first parts of the paths, each a link through ..data. */
    private static void linkNames(Path directory, Set<String> paths) throws IOException {
        Set<String> names = new HashSet<>();
        for (String path : paths) {
            names.add(Path.of(path).getName(0).toString());
        }
        for (String name : names) {
            Path link = directory.resolve(name);
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                Files.createSymbolicLink(link, Path.of(DATA, name));
            }
        }
        try (Stream<Path> present = Files.list(directory)) {
            for (Path path : present.toList()) {
                String name = path.getFileName().toString();
                if (!name.startsWith("..") && !names.contains(name)) {
                    Files.delete(path);
                }
            }
        }
    }

    private static boolean unchanged(Path directory, Map<String, Content> files) throws IOException {
        Path data = directory.resolve(DATA);
        if (!Files.isDirectory(data)) {
            return false;
        }
        Map<String, Content> present = new TreeMap<>();
        Path real = data.toRealPath();
        try (Stream<Path> paths = Files.walk(real)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid");
                present.put(
                        real.relativize(path).toString(),
                        new Content(
                                ByteBuffer.wrap(Files.readAllBytes(path)),
                                number(attributes, "mode") & 07777,
                                number(attributes, "uid"),
                                number(attributes, "gid")));
            }
        }
        return present.equals(files);
    }

    private static int number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Integer number ? number : 0;
    }

    static void permit(Path path, int mode) throws IOException {
        EnumSet<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode & (0400 >> bit)) != 0) {
                permissions.add(all[bit]);
            }
        }
        Files.setPosixFilePermissions(path, permissions);
    }
}
