package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the parents of entries part by part without ever following a symbolic link, so nothing can be written outside
 * of the layer's root. Keeps the last parent and its parents open. Not thread-safe.
 */
final class Directories implements AutoCloseable {

    private final int root;
    private final List<String> names = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();

    /** @param root descriptor of the layer's root; stays the caller's */
    Directories(int root) {
        this.root = root;
    }

    /** Descriptor of a directory; missing ones are made, since archives may leave parents out. */
    int open(List<String> path, String entry) throws KernelException, HostileLayerException {
        return walk(path, entry, true);
    }

    /** Descriptor of a directory that has to be there. */
    int openExisting(List<String> path, String entry) throws KernelException, HostileLayerException {
        return walk(path, entry, false);
    }

    private int walk(List<String> path, String entry, boolean make) throws KernelException, HostileLayerException {
        int shared = 0;
        while (shared < names.size()
                && shared < path.size()
                && names.get(shared).equals(path.get(shared))) {
            shared++;
        }
        closeFrom(shared);
        for (String part : path.subList(shared, path.size())) {
            int next = step(current(), part, entry, make);
            names.add(part);
            descriptors.add(next);
        }
        return current();
    }

    private int current() {
        return descriptors.isEmpty() ? root : descriptors.getLast();
    }

    private static int step(int fd, String part, String entry, boolean make)
            throws KernelException, HostileLayerException {
        int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW;
        try {
            return Linux.openat(fd, part, flags, 0);
        } catch (KernelException e) {
            if (e.errno() == Linux.ENOENT && make) {
                Linux.mkdirat(fd, part, 0755);
                Linux.chmodat(fd, part, 0755);
                return Linux.openat(fd, part, flags, 0);
            }
            if (e.errno() == Linux.ENOTDIR || e.errno() == Linux.ELOOP) {
                if (make && Linux.lstatat(fd, part).isWhiteout()) {
                    Linux.unlinkat(fd, part);
                    Linux.mkdirat(fd, part, 0755);
                    Linux.chmodat(fd, part, 0755);
                    Linux.lsetxattr(fd, part, Whiteout.OPAQUE_XATTR, Whiteout.opaqueValue());
                    return Linux.openat(fd, part, flags, 0);
                }
                throw new HostileLayerException(entry, "parent \"" + part + "\" is no directory of this layer");
            }
            if (e.errno() == Linux.ENOENT) {
                throw new HostileLayerException(entry, "\"" + part + "\" is not in this layer");
            }
            throw e;
        }
    }

    /** Must be called when a directory was replaced: an open one may be it, or lie below it. */
    void forget() throws KernelException {
        closeFrom(0);
    }

    private void closeFrom(int depth) throws KernelException {
        while (names.size() > depth) {
            names.removeLast();
            OpenFiles.close(descriptors.removeLast());
        }
    }

    @Override
    public void close() throws KernelException {
        forget();
    }
}
