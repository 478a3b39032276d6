package dev.waybill.node.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The system calls that no binary is worth forking for. Every failure throws {@link KernelException}. Thread-safe. */
@SuppressWarnings("restricted")
public final class Linux {
    public static final int MS_RDONLY = 1;
    public static final int MS_NOSUID = 2;
    public static final int MS_NODEV = 4;
    public static final int MS_NOEXEC = 8;
    public static final int MS_BIND = 4096;
    public static final int MS_REC = 1 << 14;
    public static final int MS_PRIVATE = 1 << 18;
    public static final int MS_SLAVE = 1 << 19;
    public static final int CLONE_NEWNS = 0x00020000;
    public static final int CLONE_NEWUTS = 0x04000000;
    public static final int CLONE_NEWIPC = 0x08000000;
    public static final int CLONE_NEWNET = 0x40000000;
    /** statfs type of /proc/PID/ns files: tells a bind-mounted namespace from the empty file below it. */
    public static final long NSFS_MAGIC = 0x6e736673L;

    public static final int EINVAL = 22;
    public static final int ENOENT = 2;
    public static final int EXDEV = 18;

    private static final int MNT_DETACH = 2;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int O_PATH_DIRECTORY_CLOEXEC = 0x200000 | 0x10000 | 0x80000;
    private static final int O_PATH_NOFOLLOW_CLOEXEC = 0x200000 | 0x20000 | 0x80000;
    private static final int LOCK_EX = 2;
    private static final int S_IFCHR = 0x2000;
    private static final long NULL_DEVICE = 1L << 8 | 3;
    private static final long SIOCGIFFLAGS = 0x8913L;
    private static final long SIOCSIFFLAGS = 0x8914L;
    private static final short IFF_UP = 1;
    private static final int IFREQ_BYTES = 40;
    private static final int IFREQ_FLAGS = 16;
    private static final int STATFS_BYTES = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    /** Calls whose memory is no text to show in an error. */
    private static final Set<String> BINARY =
            Set.of("ioctl", "bind", "accept", "connect", "poll", "read", "write", "recvmsg");

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Map<String, MethodHandle> HANDLES = new ConcurrentHashMap<>();
    private static final Map<String, FunctionDescriptor> CALLS = calls();

    private Linux() {}

    private static Map<String, FunctionDescriptor> calls() {
        Map<String, FunctionDescriptor> calls = new HashMap<>();
        calls.put("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
        calls.put("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        calls.put("sethostname", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        calls.put("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        calls.put("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
        calls.put("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("openat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("mkdirat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
        calls.put("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        calls.put("statfs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        calls.put("mknod", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG));
        calls.put("mkfifo", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
        calls.put("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
        calls.put("accept", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        calls.put("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("shutdown", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
        calls.put("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        calls.put("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
        calls.put("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
        calls.put(
                "syscall",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));
        calls.put("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
        calls.put("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        calls.putAll(Child.calls());
        return calls;
    }

    public static void mount(String source, Path target, String type, long flags, String options) {
        try (Arena arena = Arena.ofConfined()) {
            call(
                    arena,
                    "mount",
                    arena.allocateFrom(source),
                    arena.allocateFrom(target.toString()),
                    arena.allocateFrom(type),
                    flags,
                    arena.allocateFrom(options));
        }
    }

    public static void bindMount(Path source, Path target) {
        mount(source.toString(), target, "none", MS_BIND, "");
    }

    /** Detaches the mount; a target that is missing or not a mount point is fine. True when there was one. */
    public static boolean unmount(Path target) {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "umount2", arena.allocateFrom(target.toString()), MNT_DETACH);
            return true;
        } catch (KernelException e) {
            if (e.errno() == EINVAL || e.errno() == ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** Makes a null device that its owner alone may use. */
    public static void makeNullDevice(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "mknod", arena.allocateFrom(file.toString()), S_IFCHR | 0600, NULL_DEVICE);
        }
    }

    /** Moves the calling thread, and only it, into new namespaces: for {@link SeparateThread}. */
    public static void unshare(int flags) {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "unshare", flags);
        }
    }

    /** The same into the network namespace that a file stands for. */
    public static void enterNetwork(Path namespace) {
        enter(namespace, CLONE_NEWNET);
    }

    /** The same for a UTS namespace. */
    public static void enterUts(Path namespace) {
        enter(namespace, CLONE_NEWUTS);
    }

    private static void enter(Path namespace, int kind) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) call(arena, "open", arena.allocateFrom(namespace.toString()), O_RDONLY_CLOEXEC);
            try {
                call(arena, "setns", descriptor, kind);
            } finally {
                call(arena, "close", descriptor);
            }
        }
    }

    /** Sets the host name of the calling thread's UTS namespace. */
    public static void setHostName(String name) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            call(arena, "sethostname", arena.allocateFrom(JAVA_BYTE, bytes), (long) bytes.length);
        }
    }

    /** Brings an interface of the calling thread's network namespace up (netdevice(7)). */
    public static void interfaceUp(String name) {
        try (Arena arena = Arena.ofConfined()) {
            int socket = (int) call(arena, "socket", AF_INET, SOCK_DGRAM, 0);
            try {
                MemorySegment request = arena.allocate(IFREQ_BYTES);
                request.setString(0, name);
                call(arena, "ioctl", socket, SIOCGIFFLAGS, request);
                request.set(JAVA_SHORT, IFREQ_FLAGS, (short) (request.get(JAVA_SHORT, IFREQ_FLAGS) | IFF_UP));
                call(arena, "ioctl", socket, SIOCSIFFLAGS, request);
            } finally {
                call(arena, "close", socket);
            }
        }
    }

    /** An O_PATH descriptor of a directory: a short name for it in mount options, as /proc/self/fd/N. */
    public static int openDirectory(Path directory) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call(arena, "open", arena.allocateFrom(directory.toString()), O_PATH_DIRECTORY_CLOEXEC);
        }
    }

    /** The same for an entry of a directory, whatever it is; a symbolic link is opened itself. */
    public static int openEntry(int directory, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call(arena, "openat", directory, arena.allocateFrom(name), O_PATH_NOFOLLOW_CLOEXEC);
        }
    }

    /** Makes a directory within an open one. */
    public static void makeDirectory(int directory, String name, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "mkdirat", directory, arena.allocateFrom(name), mode);
        }
    }

    /** Opens a file or directory for reading, until {@link #close}. */
    static int openForReading(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call(arena, "open", arena.allocateFrom(path.toString()), O_RDONLY_CLOEXEC);
        }
    }

    /** Opens a file and waits for the exclusive lock on it, which ends with {@link #close}. */
    public static int lock(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) call(arena, "open", arena.allocateFrom(file.toString()), O_RDONLY_CLOEXEC);
            try {
                call(arena, "flock", descriptor, LOCK_EX);
            } catch (KernelException e) {
                close(descriptor);
                throw e;
            }
            return descriptor;
        }
    }

    public static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "close", descriptor);
        }
    }

    /** The type of the file system that holds the path (statfs(2) f_type). */
    public static long fileSystemType(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(STATFS_BYTES);
            call(arena, "statfs", arena.allocateFrom(path.toString()), result);
            return result.get(JAVA_LONG, 0);
        }
    }

    /** Calls and returns what the call did; negative answers are thrown. */
    static long call(Arena arena, String name, Object... arguments) {
        MemorySegment state = arena.allocate(STATE);
        Object[] all = new Object[arguments.length + 1];
        all[0] = state;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        long result;
        try {
            result = ((Number) HANDLES.computeIfAbsent(name, Linux::handle).invokeWithArguments(all)).longValue();
        } catch (Throwable e) {
            throw new LinkageError("cannot call " + name, e);
        }
        if (result < 0) {
            int errno = (int) ERRNO.get(state, 0L);
            throw new KernelException(describe(name, arguments), errno, message(errno));
        }
        return result;
    }

    private static MethodHandle handle(String name) {
        Linker.Option capture = Linker.Option.captureCallState("errno");
        FunctionDescriptor descriptor = java.util.Objects.requireNonNull(CALLS.get(name), name);
        MemorySegment symbol = LINKER.defaultLookup().findOrThrow(name);
        return switch (name) {
            case "ioctl", "open" ->
                LINKER.downcallHandle(symbol, descriptor, capture, Linker.Option.firstVariadicArg(2));
            case "syscall" -> LINKER.downcallHandle(symbol, descriptor, capture, Linker.Option.firstVariadicArg(1));
            case "openat" -> LINKER.downcallHandle(symbol, descriptor, capture, Linker.Option.firstVariadicArg(3));
            default -> LINKER.downcallHandle(symbol, descriptor, capture);
        };
    }

    private static String describe(String name, Object... arguments) {
        StringBuilder text = new StringBuilder(name);
        for (Object argument : arguments) {
            if (argument instanceof MemorySegment segment && segment.byteSize() < 4096 && !BINARY.contains(name)) {
                text.append(' ').append(printable(segment));
            } else if (!(argument instanceof MemorySegment)) {
                text.append(' ').append(argument);
            }
        }
        return text.toString();
    }

    private static String printable(MemorySegment segment) {
        String text = new String(segment.toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    static String message(int errno) {
        return switch (errno) {
            case 1 -> "Operation not permitted";
            case ENOENT -> "No such file or directory";
            case 12 -> "Cannot allocate memory";
            case 13 -> "Permission denied";
            case 16 -> "Device or resource busy";
            case 20 -> "Not a directory";
            case EINVAL -> "Invalid argument";
            case 32 -> "Broken pipe";
            case 104 -> "Connection reset by peer";
            case 111 -> "Connection refused";
            case EXDEV -> "Invalid cross-device link";
            case 28 -> "No space left on device";
            default -> "failed";
        };
    }
}
