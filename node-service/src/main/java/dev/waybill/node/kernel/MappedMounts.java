package dev.waybill.node.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Mounts that show a directory's owners as a user namespace numbers them (mount_setattr(2), MOUNT_ATTR_IDMAP). The
 * calls have numbers, the same on every architecture, since older C libraries have no names for them. Thread-safe.
 */
public final class MappedMounts {
    private static final long OPEN_TREE = 428;
    private static final long MOVE_MOUNT = 429;
    private static final long MOUNT_SETATTR = 442;

    private static final long AT_FDCWD = -100;
    private static final long AT_EMPTY_PATH = 0x1000;
    private static final long OPEN_TREE_CLONE_CLOEXEC = 1 | 0x80000;
    private static final long MOVE_MOUNT_F_EMPTY_PATH = 4;
    private static final long MOUNT_ATTR_IDMAP = 0x00100000;
    private static final int MOUNT_ATTR_BYTES = 32;
    private static final int MOUNT_ATTR_USERNS = 24;

    private MappedMounts() {}

    /**
     * Mounts {@code source} at {@code target}, which may be the same: what belongs to id 0 on the disk belongs there to
     * the first id of the namespace.
     */
    public static void mount(Path source, Path target, Path userNamespace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment here = arena.allocateFrom("");
            long tree = call(
                    arena,
                    OPEN_TREE,
                    AT_FDCWD,
                    arena.allocateFrom(source.toString()),
                    OPEN_TREE_CLONE_CLOEXEC,
                    MemorySegment.NULL,
                    0);
            try {
                int users = Linux.openForReading(userNamespace);
                try {
                    MemorySegment attributes = arena.allocate(MOUNT_ATTR_BYTES, JAVA_LONG.byteAlignment());
                    attributes.set(JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
                    attributes.set(JAVA_LONG, MOUNT_ATTR_USERNS, users);
                    call(arena, MOUNT_SETATTR, tree, here, AT_EMPTY_PATH, attributes, MOUNT_ATTR_BYTES);
                } finally {
                    Linux.close(users);
                }
                MemorySegment place = arena.allocateFrom(target.toString());
                call(arena, MOVE_MOUNT, tree, here, AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH);
            } finally {
                Linux.close((int) tree);
            }
        }
    }

    private static long call(
            Arena arena, long number, long first, MemorySegment second, long third, MemorySegment fourth, long fifth) {
        return Linux.call(arena, "syscall", number, first, second, third, fourth, fifth);
    }
}
