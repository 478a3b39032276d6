package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the entries of one layer below a directory, in the form that overlayfs mounts. Nothing is ever written outside
 * of that directory, whatever the entries say. Not thread-safe.
 */
final class LayerWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LayerWriter.class);
    private static final int BUFFER_BYTES = 128 << 10;
    private static final int MAX_MAJOR = 0xfff;
    private static final int MAX_MINOR = 0xfffff;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment nativeBuffer = arena.allocate(BUFFER_BYTES);
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final int root;
    private final int trash;
    private final Directories directories;
    private final Map<EntryPath, TarEntry> directoryTimes = new LinkedHashMap<>();
    private int trashed;
    private long contentBytes;

    /**
     * @param root descriptor of the directory that becomes the layer's root
     * @param trash descriptor of a directory beside it, for what later entries replace
     */
    LayerWriter(int root, int trash) {
        this.root = root;
        this.trash = trash;
        this.directories = new Directories(root);
    }

    long contentBytes() {
        return contentBytes;
    }

    void write(TarEntry entry, TarReader content) throws IOException {
        EntryPath path = EntryPath.parse(entry.name());
        if (path.isRoot()) {
            if (entry.type() != '5') {
                throw new HostileLayerException(entry.name(), "the layer's root must be a directory");
            }
            directory(root, ".", entry, path);
            return;
        }
        int parent = directories.open(path.parent(), entry.name());
        switch (Whiteout.of(path.name())) {
            case Whiteout.None _ -> place(parent, path, entry, content);
            case Whiteout.Opaque _ -> opaque(parent, ".");
            case Whiteout.Removed removed -> removed(parent, removed.name());
            case Whiteout.Ignored _ -> log.debug("aufs bookkeeping left out: {}", path);
        }
    }

    /** Sets the directories' times, which every entry written into them has changed. */
    void finish() throws IOException {
        for (Map.Entry<EntryPath, TarEntry> saved : directoryTimes.entrySet()) {
            EntryPath path = saved.getKey();
            int dir = path.isRoot()
                    ? root
                    : directories.openExisting(path.parent(), saved.getValue().name());
            times(dir, path.isRoot() ? "." : path.name(), saved.getValue());
        }
    }

    private void place(int parent, EntryPath path, TarEntry entry, TarReader content) throws IOException {
        String name = path.name();
        Linux.Status existing = statusOf(parent, name);
        if (entry.type() == '5') {
            makeDirectory(parent, path, entry, existing);
            return;
        }
        // resolving a hard link's target moves the cached parent, so what is replaced goes first
        if (existing != null) {
            replace(parent, path, existing);
            parent = directories.open(path.parent(), entry.name());
        }
        switch (entry.type()) {
            case '0', '\0', '7' -> file(parent, name, entry, content);
            case '1' -> hardLink(path, entry);
            case '2' -> symbolicLink(parent, name, entry);
            case '3' -> device(parent, name, entry, Linux.S_IFCHR);
            case '4' -> device(parent, name, entry, Linux.S_IFBLK);
            case '6' -> device(parent, name, entry, Linux.S_IFIFO);
            default ->
                throw new HostileLayerException(
                        entry.name(), "entries of type '" + printable(entry.type()) + "' are not supported");
        }
    }

    private void makeDirectory(int parent, EntryPath path, TarEntry entry, Linux.@Nullable Status existing)
            throws IOException {
        boolean hidden = existing != null && existing.isWhiteout();
        if (existing != null && !existing.isDirectory()) {
            Linux.unlinkat(parent, path.name());
        }
        if (existing == null || !existing.isDirectory()) {
            Linux.mkdirat(parent, path.name(), 0700);
        }
        if (hidden) {
            opaque(parent, path.name());
        }
        directory(parent, path.name(), entry, path);
    }

    private void directory(int parent, String name, TarEntry entry, EntryPath path) throws IOException {
        Linux.lchownat(parent, name, (int) entry.uid(), (int) entry.gid());
        Linux.chmodat(parent, name, entry.mode());
        xattrs(parent, name, entry);
        directoryTimes.put(path, entry);
    }

    private void file(int parent, String name, TarEntry entry, TarReader content) throws IOException {
        int fd = Linux.openat(parent, name, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW, 0600);
        try {
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                MemorySegment.copy(buffer, 0, nativeBuffer, ValueLayout.JAVA_BYTE, 0, count);
                Linux.write(fd, nativeBuffer, count, name);
                contentBytes += count;
            }
        } finally {
            Linux.close(fd);
        }
        attributes(parent, name, entry);
    }

    private void hardLink(EntryPath path, TarEntry entry) throws IOException {
        EntryPath target = EntryPath.parse(entry.linkName());
        if (target.isRoot()) {
            throw new HostileLayerException(entry.name(), "a hard link to the layer's root");
        }
        // a descriptor of its own, since opening the target's parent closes the cached one
        try (Directories targets = new Directories(root)) {
            int from = targets.openExisting(target.parent(), entry.name());
            Linux.Status status = statusOf(from, target.name());
            if (status == null || status.isDirectory()) {
                throw new HostileLayerException(
                        entry.name(), "hard link to \"" + target + "\", which is no file of this layer");
            }
            int parent = directories.open(path.parent(), entry.name());
            Linux.linkat(from, target.name(), parent, path.name());
        }
    }

    private void symbolicLink(int parent, String name, TarEntry entry) throws IOException {
        if (entry.linkName().isEmpty()
                || entry.linkName().indexOf('\0') >= 0
                || entry.linkName().length() > 4095) {
            throw new HostileLayerException(entry.name(), "the symbolic link's target is empty or too long");
        }
        Linux.symlinkat(entry.linkName(), parent, name);
        Linux.lchownat(parent, name, (int) entry.uid(), (int) entry.gid());
        xattrs(parent, name, entry);
        times(parent, name, entry);
    }

    private void device(int parent, String name, TarEntry entry, int type) throws IOException {
        if (entry.major() < 0 || entry.major() > MAX_MAJOR || entry.minor() < 0 || entry.minor() > MAX_MINOR) {
            throw new HostileLayerException(
                    entry.name(), "device number " + entry.major() + ":" + entry.minor() + " is out of range");
        }
        Linux.mknodat(parent, name, type, entry.major(), entry.minor());
        attributes(parent, name, entry);
    }

    /** Owner first: a change of owner clears set-id bits and capabilities. */
    private void attributes(int parent, String name, TarEntry entry) throws IOException {
        Linux.lchownat(parent, name, (int) entry.uid(), (int) entry.gid());
        Linux.chmodat(parent, name, entry.mode());
        xattrs(parent, name, entry);
        times(parent, name, entry);
    }

    private static void times(int parent, String name, TarEntry entry) throws KernelException {
        Linux.utimesat(parent, name, entry.mtimeSeconds(), entry.mtimeNanos());
    }

    private static void xattrs(int parent, String name, TarEntry entry) throws IOException {
        for (Map.Entry<String, byte[]> attribute : entry.xattrs().entrySet()) {
            String key = attribute.getKey();
            if (key.indexOf('\0') >= 0) {
                throw new HostileLayerException(entry.name(), "the name of an extended attribute holds a zero byte");
            }
            if (isOfTheHost(key)) {
                log.debug("attribute {} of {} left out: it belongs to the host", key, entry.name());
                continue;
            }
            Linux.lsetxattr(parent, name, key, attribute.getValue());
        }
    }

    /** Marks of overlayfs could redirect into other layers; labels of security modules are the builder's host's. */
    private static boolean isOfTheHost(String key) {
        return key.startsWith("trusted.overlay.")
                || key.startsWith("user.overlay.")
                || (key.startsWith("security.") && !key.equals("security.capability"));
    }

    private static void opaque(int parent, String name) throws KernelException {
        Linux.lsetxattr(parent, name, Whiteout.OPAQUE_XATTR, Whiteout.opaqueValue());
    }

    /** A whiteout concerns lower layers only: what this layer holds under the name stays. */
    private static void removed(int parent, String name) throws KernelException {
        Linux.Status existing = statusOf(parent, name);
        if (existing == null) {
            Linux.mknodat(parent, name, Linux.S_IFCHR, 0, 0);
        } else if (existing.isDirectory()) {
            opaque(parent, name);
        }
    }

    private void replace(int parent, EntryPath path, Linux.Status existing) throws IOException {
        if (!existing.isDirectory()) {
            Linux.unlinkat(parent, path.name());
            return;
        }
        Linux.renameat(parent, path.name(), trash, "replaced-" + trashed++);
        directories.forget();
        directoryTimes
                .keySet()
                .removeIf(saved -> saved.parts().size() >= path.parts().size()
                        && saved.parts().subList(0, path.parts().size()).equals(path.parts()));
    }

    private static Linux.@Nullable Status statusOf(int parent, String name) throws KernelException {
        try {
            return Linux.lstatat(parent, name);
        } catch (KernelException e) {
            if (e.errno() == Linux.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    private static String printable(char type) {
        return type > ' ' && type <= '~' ? String.valueOf(type) : "\\" + (int) type;
    }

    @Override
    public void close() throws KernelException {
        try {
            directories.close();
        } finally {
            arena.close();
        }
    }
}
