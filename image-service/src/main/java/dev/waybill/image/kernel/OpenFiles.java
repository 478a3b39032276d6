package dev.waybill.image.kernel;

import static dev.waybill.image.kernel.Calls.checked;
import static dev.waybill.image.kernel.Calls.handle;
import static dev.waybill.image.kernel.Calls.rethrow;
import static dev.waybill.image.kernel.Calls.text;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on open files, which need no walk along a path. Stateless and thread-safe. */
@SuppressWarnings("restricted") // native code is called in this package only
public final class OpenFiles {

    /** EOPNOTSUPP, EINVAL, EXDEV, ENOTTY: the file system, or this pair of files, can't share blocks. */
    private static final int EXDEV = 18;

    private static final int EINVAL = 22;
    private static final int ENOTTY = 25;
    private static final int EOPNOTSUPP = 95;

    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int EWOULDBLOCK = 11;

    /** _IOW(0x94, 9, int), linux/fs.h. */
    private static final long FICLONE = 0x40049409L;

    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle WRITE = handle("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle PWRITE = handle("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FTRUNCATE = handle("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle FCHOWN = handle("fchown", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCHMOD = handle("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle FUTIMENS = handle("futimens", JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle FSETXATTR =
            handle("fsetxattr", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SYNCFS = handle("syncfs", JAVA_INT, JAVA_INT);
    private static final MethodHandle FLOCK = handle("flock", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle IOCTL_LONG = Calls.variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);

    private OpenFiles() {}

    public static void close(int fd) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) CLOSE.invokeExact(state, fd), "close", "", state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Writes all bytes of the segment. */
    public static void write(int fd, MemorySegment bytes, long length, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            long done = 0;
            while (done < length) {
                long count = (long) WRITE.invokeExact(state, fd, bytes.asSlice(done), length - done);
                done += checked(count, "write", name, state);
            }
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Writes all bytes of the segment at a place. */
    public static void write(int fd, MemorySegment bytes, long length, long offset, String name)
            throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            long done = 0;
            while (done < length) {
                long count = (long) PWRITE.invokeExact(state, fd, bytes.asSlice(done), length - done, offset + done);
                done += checked(count, "pwrite", name, state);
            }
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void truncate(int fd, long length, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) FTRUNCATE.invokeExact(state, fd, length), "ftruncate", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void chown(int fd, int uid, int gid, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) FCHOWN.invokeExact(state, fd, uid, gid), "fchown", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void chmod(int fd, int mode, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) FCHMOD.invokeExact(state, fd, mode), "fchmod", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Sets access and modification time to the same instant. */
    public static void utimes(int fd, long seconds, long nanos, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment times = arena.allocateFrom(JAVA_LONG, seconds, nanos, seconds, nanos);
            checked((int) FUTIMENS.invokeExact(state, fd, times), "futimens", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void setxattr(int fd, String attribute, byte[] value, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment bytes = Calls.bytes(arena, value);
            checked(
                    (int) FSETXATTR.invokeExact(state, fd, text(arena, attribute), bytes, (long) value.length, 0),
                    "fsetxattr " + attribute,
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Writes everything of the descriptor's file system to the disk; not for O_PATH descriptors. */
    public static void syncfs(int fd) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) SYNCFS.invokeExact(state, fd), "syncfs", "", state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Waits for the lock; it belongs to the open file, so it holds between threads and ends with the process. */
    public static void lock(int fd, boolean shared, String name) throws KernelException {
        flock(fd, shared ? LOCK_SH : LOCK_EX, name);
    }

    /** The exclusive lock, if nobody has it. */
    public static boolean tryLock(int fd, String name) throws KernelException {
        try {
            flock(fd, LOCK_EX | LOCK_NB, name);
            return true;
        } catch (KernelException e) {
            if (e.errno() == EWOULDBLOCK) {
                return false;
            }
            throw e;
        }
    }

    private static void flock(int fd, int operation, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) FLOCK.invokeExact(state, fd, operation), "flock", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes a file share another one's blocks (ioctl_ficlone(2)); false where the file system can't. */
    public static boolean clone(int to, int from, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) IOCTL_LONG.invokeExact(state, to, FICLONE, (long) from), "ficlone", name, state);
            return true;
        } catch (KernelException e) {
            if (e.errno() == EOPNOTSUPP || e.errno() == EINVAL || e.errno() == EXDEV || e.errno() == ENOTTY) {
                return false;
            }
            throw e;
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }
}
