package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the parents of entries part by part without ever following a symbolic link, so nothing can be written outside
 * of the layer's root. Keeps the last parent and its parents open. Not thread-safe.
 */
final class Directories implements AutoCloseable {

    private final int root;
    private final Implied implied;
    private final List<String> names = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();

    /** Told of a parent that the archive left out. */
    interface Implied {
        void made(String path) throws IOException;
    }

    /**
     * @param root descriptor of the layer's root; stays the caller's
     * @param implied told of each directory that is made here
     */
    Directories(int root, Implied implied) {
        this.root = root;
        this.implied = implied;
    }

    /** Descriptor of a directory; missing ones are made, since archives may leave parents out. */
    int open(List<String> path, String entry) throws IOException {
        return walk(path, entry, true);
    }

    /** Descriptor of a directory that has to be there. */
    int openExisting(List<String> path, String entry) throws IOException {
        return walk(path, entry, false);
    }

    private int walk(List<String> path, String entry, boolean make) throws IOException {
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

    private int step(int fd, String part, String entry, boolean make) throws IOException {
        try {
            return enter(fd, part);
        } catch (KernelException e) {
            boolean missing = e.errno() == Linux.ENOENT;
            boolean other = e.errno() == Linux.ENOTDIR || e.errno() == Linux.ELOOP;
            boolean whiteout = other && make && Linux.lstatat(fd, part).isWhiteout();
            if (missing && !make) {
                throw new HostileLayerException(entry, "\"" + part + "\" is not in this layer");
            }
            if (other && !whiteout) {
                throw new HostileLayerException(entry, "parent \"" + part + "\" is no directory of this layer");
            }
            if (!missing && !other) {
                throw e;
            }
            return make(fd, part, whiteout);
        }
    }

    private static int enter(int fd, String part) throws KernelException {
        return Linux.openat(fd, part, Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW, 0);
    }

    private int make(int fd, String part, boolean whiteout) throws IOException {
        if (whiteout) {
            Linux.unlinkat(fd, part);
        }
        Linux.mkdirat(fd, part, 0755);
        Linux.chmodat(fd, part, 0755);
        if (whiteout) {
            Whiteout.markOpaque(fd, part);
        }
        String parent = String.join("/", names);
        implied.made(parent.isEmpty() ? part : parent + "/" + part);
        return enter(fd, part);
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
