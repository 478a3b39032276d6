package dev.waybill.node.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/** Subvolumes of btrfs (linux/btrfs.h). Stateless and thread-safe. */
public final class Subvolumes {
    /** _IOW(0x94, 1, struct btrfs_ioctl_vol_args). */
    private static final long SNAP_CREATE = 0x50009401L;
    /** _IOW(0x94, 15, struct btrfs_ioctl_vol_args). */
    private static final long SNAP_DESTROY = 0x5000940fL;

    private static final int VOL_ARGS_BYTES = 4096;
    private static final int VOL_ARGS_NAME = 8;

    /** ENOENT, ENOTDIR, EINVAL, ENOTTY: there is no subvolume of that name. */
    private static final Set<Integer> NONE = Set.of(Linux.ENOENT, 20, Linux.EINVAL, 25);

    private Subvolumes() {}

    /** Makes {@code parent/name} a writable snapshot of a subvolume of the same file system. */
    public static void snapshot(Path source, Path parent, String name) {
        int from = Linux.openForReading(source);
        try {
            volume(parent, SNAP_CREATE, from, name);
        } finally {
            Linux.close(from);
        }
    }

    /** Removes the subvolume {@code parent/name} with all that it holds; false where there is none. */
    public static boolean destroy(Path parent, String name) {
        try {
            volume(parent, SNAP_DESTROY, 0, name);
            return true;
        } catch (KernelException e) {
            if (NONE.contains(e.errno())) {
                return false;
            }
            throw e;
        }
    }

    private static void volume(Path parent, long request, int source, String name) {
        int directory = Linux.openForReading(parent);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment volume = arena.allocate(VOL_ARGS_BYTES, 8);
            volume.set(JAVA_LONG, 0, source);
            volume.setString(VOL_ARGS_NAME, name, StandardCharsets.UTF_8);
            Linux.call(arena, "ioctl", directory, request, volume);
        } finally {
            Linux.close(directory);
        }
    }
}
