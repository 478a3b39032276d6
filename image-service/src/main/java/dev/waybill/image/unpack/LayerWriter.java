package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import java.io.DataOutput;
import java.io.IOException;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the entries of one layer below a directory, in the form that overlayfs mounts, and a record of each. Nothing is
 * ever written outside of that directory, whatever the entries say. Not thread-safe.
 */
final class LayerWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LayerWriter.class);
    private static final int MAX_MAJOR = 0xfff;
    private static final int MAX_MINOR = 0xfffff;
    private static final int MAX_LINK_BYTES = 4095;

    private final FileContent files = new FileContent();
    private final int root;
    private final int trash;
    private final DataOutput records;
    private final Directories directories;
    private final UnpackLimits limits;
    private int trashed;
    private long implied;

    /**
     * @param root descriptor of the directory that becomes the layer's root
     * @param trash descriptor of a directory beside it, for what later entries replace
     * @param records takes a record of each entry
     */
    LayerWriter(int root, int trash, DataOutput records, UnpackLimits limits) {
        this.root = root;
        this.trash = trash;
        this.records = records;
        this.limits = limits;
        this.directories = new Directories(root, path -> {
            implied++;
            record(LayerRecord.mark('i', path, ""));
        });
    }

    /** Directories that entries lie in and that the archive leaves out. */
    long implied() {
        return implied;
    }

    long contentBytes() {
        return files.contentBytes();
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
            case Whiteout.Opaque _ -> {
                Whiteout.markOpaque(parent, ".");
                record(LayerRecord.mark('o', String.join("/", path.parent()), ""));
            }
            case Whiteout.Removed removed -> removed(parent, path, removed.name());
            case Whiteout.Ignored _ -> log.debug("aufs bookkeeping left out: {}", path);
        }
    }

    /** Sets a directory's times again, which every entry written into it has changed. */
    void directoryTimes(LayerRecord written) throws IOException {
        EntryPath path = EntryPath.parse(written.path());
        int dir = path.isRoot() ? root : directories.openExisting(path.parent(), written.path());
        String name = path.isRoot() ? "." : path.name();
        Linux.utimesat(dir, name, written.mtimeSeconds(), written.mtimeNanos());
    }

    private void place(int parent, EntryPath path, TarEntry entry, TarReader content) throws IOException {
        if (entry.type() == '5') {
            makeDirectory(parent, path, entry);
            return;
        }
        try {
            create(parent, path, entry, content);
        } catch (KernelException e) {
            if (e.errno() != Linux.EEXIST) {
                throw e;
            }
            replace(directories.open(path.parent(), entry.name()), path);
            create(directories.open(path.parent(), entry.name()), path, entry, content);
        }
    }

    /** Fails with EEXIST, and before any content was read, when the name is taken. */
    private void create(int parent, EntryPath path, TarEntry entry, TarReader content) throws IOException {
        switch (entry.type()) {
            case '0', '\0', '7', 'S' -> {
                SortedMap<String, byte[]> xattrs = xattrs(entry);
                int crc = files.write(parent, path, entry, content, xattrs, limits);
                long size = entry.sparse() == null
                        ? entry.sizeBytes()
                        : entry.sparse().realBytes();
                record(record('f', path, "", entry, size, 0, crc, xattrs));
            }
            case '1' -> hardLink(path, entry);
            case '2' -> symbolicLink(parent, path, entry);
            case '3' -> device(parent, path, entry, 'c', Linux.S_IFCHR);
            case '4' -> device(parent, path, entry, 'b', Linux.S_IFBLK);
            case '6' -> device(parent, path, entry, 'p', Linux.S_IFIFO);
            default ->
                throw new HostileLayerException(
                        entry.name(), "entries of type '" + printable(entry.type()) + "' are not supported");
        }
    }

    private void makeDirectory(int parent, EntryPath path, TarEntry entry) throws IOException {
        boolean hidden = false;
        try {
            Linux.mkdirat(parent, path.name(), 0700);
        } catch (KernelException e) {
            if (e.errno() != Linux.EEXIST) {
                throw e;
            }
            Linux.Status existing = Linux.lstatat(parent, path.name());
            if (!existing.isDirectory()) {
                hidden = existing.isWhiteout();
                Linux.unlinkat(parent, path.name());
                Linux.mkdirat(parent, path.name(), 0700);
            }
        }
        directory(parent, path.name(), entry, path);
        if (hidden) {
            Whiteout.markOpaque(parent, path.name());
            record(LayerRecord.mark('o', path.toString(), ""));
        }
    }

    private void directory(int parent, String name, TarEntry entry, EntryPath path) throws IOException {
        Linux.lchownat(parent, name, (int) entry.uid(), (int) entry.gid());
        Linux.chmodat(parent, name, entry.mode());
        SortedMap<String, byte[]> xattrs = xattrs(entry);
        set(parent, name, xattrs);
        record(record('d', path, "", entry, 0, 0, 0, xattrs));
    }

    private void hardLink(EntryPath path, TarEntry entry) throws IOException {
        EntryPath target = EntryPath.parse(entry.linkName());
        if (target.isRoot()) {
            throw new HostileLayerException(entry.name(), "a hard link to the layer's root");
        }
        // descriptors of its own, since opening the target's parent closes the cached ones
        try (Directories targets = new Directories(root, _ -> {})) {
            int from = targets.openExisting(target.parent(), entry.name());
            if (!isFile(from, target.name())) {
                throw new HostileLayerException(
                        entry.name(), "hard link to \"" + target + "\", which is no file of this layer");
            }
            int parent = directories.open(path.parent(), entry.name());
            Linux.linkat(from, target.name(), parent, path.name());
        }
        record(LayerRecord.mark('h', path.toString(), target.toString()));
    }

    private static boolean isFile(int dir, String name) throws KernelException {
        try {
            return !Linux.lstatat(dir, name).isDirectory();
        } catch (KernelException e) {
            if (e.errno() == Linux.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    private void symbolicLink(int parent, EntryPath path, TarEntry entry) throws IOException {
        String target = entry.linkName();
        if (target.isEmpty() || target.indexOf('\0') >= 0 || target.length() > MAX_LINK_BYTES) {
            throw new HostileLayerException(entry.name(), "the symbolic link's target is empty or too long");
        }
        Linux.symlinkat(target, parent, path.name());
        Linux.lchownat(parent, path.name(), (int) entry.uid(), (int) entry.gid());
        SortedMap<String, byte[]> xattrs = xattrs(entry);
        // a symbolic link or device has no user attributes (xattr(7))
        xattrs.keySet().removeIf(key -> key.startsWith("user."));
        set(parent, path.name(), xattrs);
        Linux.utimesat(parent, path.name(), entry.mtimeSeconds(), entry.mtimeNanos());
        record(record('l', path, target, entry, 0, 0, 0, xattrs));
    }

    /** Owner first: a change of owner clears set-id bits and capabilities. */
    private void device(int parent, EntryPath path, TarEntry entry, char type, int format) throws IOException {
        long major = entry.major();
        long minor = entry.minor();
        if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
            throw new HostileLayerException(entry.name(), "device number " + major + ":" + minor + " is out of range");
        }
        String name = path.name();
        Linux.mknodat(parent, name, format, major, minor);
        Linux.lchownat(parent, name, (int) entry.uid(), (int) entry.gid());
        Linux.chmodat(parent, name, entry.mode());
        SortedMap<String, byte[]> xattrs = xattrs(entry);
        xattrs.keySet().removeIf(key -> key.startsWith("user."));
        set(parent, name, xattrs);
        Linux.utimesat(parent, name, entry.mtimeSeconds(), entry.mtimeNanos());
        record(record(type, path, "", entry, 0, major << 32 | minor, 0, xattrs));
    }

    private static SortedMap<String, byte[]> xattrs(TarEntry entry) throws HostileLayerException {
        SortedMap<String, byte[]> xattrs = LayerRecord.ofTheImage(entry.xattrs());
        for (String key : xattrs.keySet()) {
            if (key.indexOf('\0') >= 0) {
                throw new HostileLayerException(entry.name(), "the name of an extended attribute holds a zero byte");
            }
        }
        // no file system of Linux takes another system's
        xattrs.keySet().removeIf(key -> !key.matches("(user|trusted|security|system)\\..+"));
        return xattrs;
    }

    private static void set(int parent, String name, SortedMap<String, byte[]> xattrs) throws KernelException {
        for (var attribute : xattrs.entrySet()) {
            Linux.lsetxattr(parent, name, attribute.getKey(), attribute.getValue());
        }
    }

    /** A whiteout concerns lower layers only: what this layer holds under the name stays. */
    private void removed(int parent, EntryPath path, String name) throws IOException {
        String target = String.join("/", path.parent()) + (path.parent().isEmpty() ? "" : "/") + name;
        try {
            Linux.mknodat(parent, name, Linux.S_IFCHR, 0, 0);
            record(LayerRecord.mark('w', target, ""));
        } catch (KernelException e) {
            if (e.errno() != Linux.EEXIST) {
                throw e;
            }
            if (Linux.lstatat(parent, name).isDirectory()) {
                Whiteout.markOpaque(parent, name);
                record(LayerRecord.mark('o', target, ""));
            }
        }
    }

    private void replace(int parent, EntryPath path) throws IOException {
        if (Linux.lstatat(parent, path.name()).isDirectory()) {
            Linux.renameat(parent, path.name(), trash, "replaced-" + trashed++);
            directories.forget();
        } else {
            Linux.unlinkat(parent, path.name());
        }
    }

    private static LayerRecord record(
            char type,
            EntryPath path,
            String link,
            TarEntry entry,
            long size,
            long device,
            int contentCrc,
            SortedMap<String, byte[]> xattrs) {
        return new LayerRecord(
                type,
                path.toString(),
                link,
                entry.mode(),
                (int) entry.uid(),
                (int) entry.gid(),
                entry.mtimeSeconds(),
                entry.mtimeNanos(),
                size,
                device,
                contentCrc,
                LayerRecord.crc(xattrs));
    }

    private void record(LayerRecord written) throws IOException {
        written.write(records);
    }

    private static String printable(char type) {
        return type > ' ' && type <= '~' ? String.valueOf(type) : "\\" + (int) type;
    }

    @Override
    public void close() throws KernelException {
        try {
            directories.close();
        } finally {
            files.close();
        }
    }
}
