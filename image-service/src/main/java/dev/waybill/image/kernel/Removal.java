package dev.waybill.image.kernel;

import static dev.waybill.image.kernel.Calls.checked;
import static dev.waybill.image.kernel.Calls.handle;
import static dev.waybill.image.kernel.Calls.rethrow;
import static dev.waybill.image.kernel.Calls.text;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Takes files, trees and attributes away, relative to directory descriptors. Stateless. */
@SuppressWarnings("restricted") // native code is called in this package only
public final class Removal {

    private static final int AT_REMOVEDIR = 0x200;

    private static final MethodHandle UNLINKAT = handle("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LREMOVEXATTR = handle("lremovexattr", JAVA_INT, ADDRESS, ADDRESS);

    private Removal() {}

    /** Removes whatever has the name, a directory with all that is in it; links are not followed. */
    public static void tree(int dir, String name) throws KernelException {
        if (!Linux.lstatat(dir, name).isDirectory()) {
            Linux.unlinkat(dir, name);
            return;
        }
        int fd = Linux.openat(dir, name, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW, 0);
        try {
            for (String child : Directory.names(fd)) {
                tree(fd, child);
            }
        } finally {
            OpenFiles.close(fd);
        }
        rmdirat(dir, name);
    }

    private static void rmdirat(int dir, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) UNLINKAT.invokeExact(state, dir, text(arena, name), AT_REMOVEDIR), "rmdir", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Removes an extended attribute, of a symbolic link itself too. */
    public static void xattr(int dir, String name, String attribute) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment path = text(arena, "/proc/self/fd/" + dir + "/" + name);
            checked((int) LREMOVEXATTR.invokeExact(state, path, text(arena, attribute)), "lremovexattr", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }
}
