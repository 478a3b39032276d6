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
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * System calls of Linux relative to directory descriptors. Stateless and thread-safe; failures are
 * {@link KernelException}s. File names are byte strings: one char per byte (ISO 8859-1).
 */
@SuppressWarnings("restricted") // native code is called in this package only
public final class Linux {

    /** How names are turned into bytes: unchanged. */
    public static final Charset NAME_BYTES = StandardCharsets.ISO_8859_1;

    private static final boolean ARM64 = System.getProperty("os.arch").equals("aarch64");
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_CLOEXEC = 02000000;
    public static final int O_PATH = 010000000;
    public static final int O_DIRECTORY = ARM64 ? 040000 : 0200000;
    public static final int O_NOFOLLOW = ARM64 ? 0100000 : 0400000;
    public static final int S_IFMT = 0170000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFIFO = 0010000;
    public static final int O_RDWR = 2;
    public static final int ENOENT = 2;
    public static final int EEXIST = 17;
    public static final int ENOTDIR = 20;
    public static final int ELOOP = 40;

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int PATH_MAX = 4096;
    private static final int STATX_BYTES = 256;

    /** XATTR_LIST_MAX and XATTR_SIZE_MAX, limits.h. */
    private static final int XATTR_BYTES = 64 << 10;

    private static final int STATX_NLINK = 16;
    private static final int STATX_UID = 20;
    private static final int STATX_GID = 24;
    private static final int STATX_MODE = 28;
    private static final int STATX_INO = 32;
    private static final int STATX_SIZE = 40;
    private static final int STATX_BLOCKS = 48;
    private static final int STATX_MTIME = 112;
    private static final int STATX_RDEV_MAJOR = 128;
    private static final int STATX_RDEV_MINOR = 132;

    private static final MethodHandle OPENAT =
            Calls.variadic("openat", 3, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle MKDIRAT = handle("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle MKNODAT = handle("mknodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SYMLINKAT = handle("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle LINKAT =
            handle("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RENAMEAT = handle("renameat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle UNLINKAT = handle("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FCHOWNAT =
            handle("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCHMODAT = handle("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle UTIMENSAT = handle("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle STATX = handle("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle LSETXATTR =
            handle("lsetxattr", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READLINKAT =
            handle("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle LGETXATTR = handle("lgetxattr", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle LLISTXATTR = handle("llistxattr", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);

    private Linux() {}

    /**
     * What statx(2) says of a file.
     *
     * @param mode st_mode
     * @param major of a device
     * @param minor of a device
     * @param blocks of 512 bytes that it takes on the disk
     * @param links names that the file has
     */
    public record Status(
            int mode,
            int major,
            int minor,
            int uid,
            int gid,
            long sizeBytes,
            long inode,
            long mtimeSeconds,
            int mtimeNanos,
            long blocks,
            int links) {
        public boolean isDirectory() {
            return (mode & S_IFMT) == S_IFDIR;
        }

        /** overlayfs' mark of a removed file (kernel: Documentation/filesystems/overlayfs.rst). */
        public boolean isWhiteout() {
            return (mode & S_IFMT) == S_IFCHR && major == 0 && minor == 0;
        }
    }

    /** Opens an absolute path. */
    public static int open(String path, int flags) throws KernelException {
        return openat(AT_FDCWD, path, flags, 0);
    }

    public static int openat(int dir, String name, int flags, int mode) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            int fd = (int) OPENAT.invokeExact(state, dir, text(arena, name), flags | O_CLOEXEC, mode);
            return (int) checked(fd, "openat", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void mkdirat(int dir, String name, int mode) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) MKDIRAT.invokeExact(state, dir, text(arena, name), mode), "mkdirat", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes a device or fifo; type is one of the S_IF bits. */
    public static void mknodat(int dir, String name, int type, long major, long minor) throws KernelException {
        long device = ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & ~0xffL) << 12) | ((major & ~0xfffL) << 32);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked(
                    (int) MKNODAT.invokeExact(state, dir, text(arena, name), type | 0600, device),
                    "mknodat",
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void symlinkat(String target, int dir, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked(
                    (int) SYMLINKAT.invokeExact(state, text(arena, target), dir, text(arena, name)),
                    "symlinkat",
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes a hard link; a symbolic link is linked itself, not followed. */
    public static void linkat(int fromDir, String from, int toDir, String to) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked(
                    (int) LINKAT.invokeExact(state, fromDir, text(arena, from), toDir, text(arena, to), 0),
                    "linkat",
                    to,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void renameat(int fromDir, String from, int toDir, String to) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked(
                    (int) RENAMEAT.invokeExact(state, fromDir, text(arena, from), toDir, text(arena, to)),
                    "renameat",
                    from,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Removes a file that is no directory. */
    public static void unlinkat(int dir, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) UNLINKAT.invokeExact(state, dir, text(arena, name), 0), "unlinkat", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Changes the owner by number, of a symbolic link itself too. */
    public static void lchownat(int dir, String name, int uid, int gid) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked(
                    (int) FCHOWNAT.invokeExact(state, dir, text(arena, name), uid, gid, AT_SYMLINK_NOFOLLOW),
                    "fchownat",
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Changes the mode; follows a symbolic link, so never call it on one. */
    public static void chmodat(int dir, String name, int mode) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            checked((int) FCHMODAT.invokeExact(state, dir, text(arena, name), mode, 0), "fchmodat", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Sets access and modification time to the same instant, of a symbolic link itself too. */
    public static void utimesat(int dir, String name, long seconds, long nanos) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment times = arena.allocateFrom(JAVA_LONG, seconds, nanos, seconds, nanos);
            checked(
                    (int) UTIMENSAT.invokeExact(state, dir, text(arena, name), times, AT_SYMLINK_NOFOLLOW),
                    "utimensat",
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** The file's status, of a symbolic link itself too. */
    public static Status lstatat(int dir, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment stat = arena.allocate(STATX_BYTES, 8);
            checked(
                    (int) STATX.invokeExact(
                            state, dir, text(arena, name), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, stat),
                    "statx",
                    name,
                    state);
            return new Status(
                    Short.toUnsignedInt(stat.get(ValueLayout.JAVA_SHORT, STATX_MODE)),
                    stat.get(JAVA_INT, STATX_RDEV_MAJOR),
                    stat.get(JAVA_INT, STATX_RDEV_MINOR),
                    stat.get(JAVA_INT, STATX_UID),
                    stat.get(JAVA_INT, STATX_GID),
                    stat.get(JAVA_LONG, STATX_SIZE),
                    stat.get(JAVA_LONG, STATX_INO),
                    stat.get(JAVA_LONG, STATX_MTIME),
                    stat.get(JAVA_INT, STATX_MTIME + 8),
                    stat.get(JAVA_LONG, STATX_BLOCKS),
                    stat.get(JAVA_INT, STATX_NLINK));
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Sets an extended attribute, of a symbolic link itself too. */
    public static void lsetxattr(int dir, String name, String attribute, byte[] value) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment bytes = Calls.bytes(arena, value);
            MemorySegment path = text(arena, "/proc/self/fd/" + dir + "/" + name);
            checked(
                    (int) LSETXATTR.invokeExact(state, path, text(arena, attribute), bytes, (long) value.length, 0),
                    "lsetxattr " + attribute,
                    name,
                    state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Where a symbolic link leads. */
    public static String readlinkat(int dir, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment target = arena.allocate(PATH_MAX);
            long length = (long) READLINKAT.invokeExact(state, dir, text(arena, name), target, (long) PATH_MAX);
            checked(length, "readlinkat", name, state);
            return new String(target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), NAME_BYTES);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Extended attributes of a file, a symbolic link itself included; empty where the file system has none. */
    public static SortedMap<String, byte[]> xattrs(int dir, String name) throws KernelException {
        String path = "/proc/self/fd/" + dir + "/" + name;
        SortedMap<String, byte[]> xattrs = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment list = arena.allocate(XATTR_BYTES);
            MemorySegment file = text(arena, path);
            long length = (long) LLISTXATTR.invokeExact(state, file, list, (long) XATTR_BYTES);
            checked(length, "llistxattr", path, state);
            for (long at = 0; at < length; ) {
                String key = list.getString(at, NAME_BYTES);
                xattrs.put(key, xattr(arena, state, file, key, path));
                at += key.length() + 1;
            }
            return xattrs;
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    private static byte[] xattr(Arena arena, MemorySegment state, MemorySegment file, String name, String path)
            throws Throwable {
        MemorySegment value = arena.allocate(XATTR_BYTES);
        long length = (long) LGETXATTR.invokeExact(state, file, text(arena, name), value, (long) XATTR_BYTES);
        checked(length, "lgetxattr " + name, path, state);
        return value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
