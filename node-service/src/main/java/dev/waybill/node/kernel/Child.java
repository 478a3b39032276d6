package dev.waybill.node.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program that this process has started, by posix_spawn(3). The JDK starts each through a program of its own, which
 * costs as much again as a short one takes, and gives a program no more than three descriptors. It inherits what those
 * are said to be and nothing else; what namespaces the calling thread is in are its. Waiting blocks the thread in the
 * kernel, so it belongs on platform threads. One thread may wait for it while others kill it.
 */
public final class Child {
    /** Larger than glibc's types of these names are on any architecture. */
    private static final int OPAQUE_BYTES = 1024;

    private static final int SIGNALS_BYTES = 128;
    private static final short POSIX_SPAWN_SETSIGMASK = 8;
    private static final int O_RDWR = 2;
    private static final int O_WRITE_NEW = 1 | 0x40 | 0x200;
    private static final int ALL_MAY_READ = 0644;
    private static final int P_PID = 1;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x01000000;
    private static final int SIGINFO_BYTES = 128;
    private static final int SIGNALLED = 128;
    private static final int EINTR = 4;

    private final int pid;
    private @Nullable Integer exitCode;

    private Child(int pid) {
        this.pid = pid;
    }

    /** What a program has as one of its first descriptors. */
    public sealed interface Stream {
        /** The null device. */
        Stream NOTHING = new Opened(Path.of("/dev/null"), O_RDWR);

        /** What this process has open. */
        record Given(Descriptor descriptor) implements Stream {}

        /** What another one of them is, with a lower number. */
        record SameAs(int number) implements Stream {}

        record Opened(Path path, int flags) implements Stream {}

        /** A file to write to, which begins empty. */
        static Stream file(Path path) {
            return new Opened(path, O_WRITE_NEW);
        }
    }

    static Map<String, FunctionDescriptor> calls() {
        FunctionDescriptor ofPointer = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        FunctionDescriptor ofTwo = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
        return Map.ofEntries(
                Map.entry("posix_spawn_file_actions_init", ofPointer),
                Map.entry("posix_spawn_file_actions_destroy", ofPointer),
                Map.entry(
                        "posix_spawn_file_actions_adddup2",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
                Map.entry(
                        "posix_spawn_file_actions_addopen",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
                Map.entry(
                        "posix_spawn_file_actions_addclosefrom_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT)),
                Map.entry("posix_spawn_file_actions_addchdir_np", ofTwo),
                Map.entry("posix_spawnattr_init", ofPointer),
                Map.entry("posix_spawnattr_destroy", ofPointer),
                Map.entry("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT)),
                Map.entry("posix_spawnattr_setsigmask", ofTwo),
                Map.entry(
                        "posix_spawnp",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS)),
                Map.entry("waitid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)),
                Map.entry("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)));
    }

    /**
     * Starts a program, which is looked for as execvp(3) does.
     *
     * @param environment what it has beside this process's own
     * @param directory where it runs; null for here
     * @param streams its descriptors from 0 on
     * @throws KernelException when it cannot be started
     */
    public static Child start(
            List<String> words, Map<String, String> environment, @Nullable Path directory, List<Stream> streams) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(OPAQUE_BYTES, 16);
            MemorySegment attributes = arena.allocate(OPAQUE_BYTES, 16);
            checked(arena, "posix_spawn_file_actions_init", actions);
            checked(arena, "posix_spawnattr_init", attributes);
            try {
                for (int number = 0; number < streams.size(); number++) {
                    add(arena, actions, number, streams.get(number));
                }
                checked(arena, "posix_spawn_file_actions_addclosefrom_np", actions, streams.size());
                if (directory != null) {
                    checked(
                            arena,
                            "posix_spawn_file_actions_addchdir_np",
                            actions,
                            arena.allocateFrom(directory.toString()));
                }
                // Threads of the JVM block signals that a program expects to get.
                checked(arena, "posix_spawnattr_setsigmask", attributes, arena.allocate(SIGNALS_BYTES, 8));
                checked(arena, "posix_spawnattr_setflags", attributes, POSIX_SPAWN_SETSIGMASK);
                MemorySegment pid = arena.allocate(4, 4);
                MemorySegment program = arena.allocateFrom(words.getFirst());
                checked(
                        arena,
                        "posix_spawnp",
                        pid,
                        program,
                        actions,
                        attributes,
                        array(arena, words),
                        array(arena, environment(environment)));
                return new Child(pid.get(JAVA_INT, 0));
            } finally {
                Linux.call(arena, "posix_spawn_file_actions_destroy", actions);
                Linux.call(arena, "posix_spawnattr_destroy", attributes);
            }
        }
    }

    /** Descriptors of this process have higher numbers than these: the JVM has the first ones from its start on. */
    private static void add(Arena arena, MemorySegment actions, int number, Stream stream) {
        switch (stream) {
            case Stream.Given given ->
                checked(
                        arena,
                        "posix_spawn_file_actions_adddup2",
                        actions,
                        given.descriptor().number(),
                        number);
            case Stream.SameAs same ->
                checked(arena, "posix_spawn_file_actions_adddup2", actions, same.number(), number);
            case Stream.Opened opened ->
                checked(
                        arena,
                        "posix_spawn_file_actions_addopen",
                        actions,
                        number,
                        arena.allocateFrom(opened.path().toString()),
                        opened.flags(),
                        ALL_MAY_READ);
        }
    }

    private static List<String> environment(Map<String, String> more) {
        List<String> entries = new ArrayList<>();
        System.getenv().forEach((name, value) -> {
            if (!more.containsKey(name)) {
                entries.add(name + "=" + value);
            }
        });
        more.forEach((name, value) -> entries.add(name + "=" + value));
        return entries;
    }

    private static MemorySegment array(Arena arena, List<String> texts) {
        MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        return array;
    }

    /** These return an error's number instead of setting it. */
    private static void checked(Arena arena, String name, Object... arguments) {
        int error = (int) Linux.call(arena, name, arguments);
        if (error != 0) {
            throw new KernelException(name, error, Linux.message(error));
        }
    }

    /**
     * Waits for its end and returns its exit code, which is 128 and the signal's number for one that was killed. For one
     * thread at a time.
     */
    public int await() {
        Integer known = known();
        if (known != null) {
            return known;
        }
        try (Arena arena = Arena.ofConfined()) {
            // Its number stays its own until it is asked for the status, so that nobody else is killed meanwhile.
            untilDone(arena, "waitid", P_PID, pid, arena.allocate(SIGINFO_BYTES, 8), WEXITED | WNOWAIT);
            return reap(arena);
        }
    }

    private synchronized @Nullable Integer known() {
        return exitCode;
    }

    private synchronized int reap(Arena arena) {
        if (exitCode == null) {
            MemorySegment status = arena.allocate(4, 4);
            untilDone(arena, "waitpid", pid, status, 0);
            int word = status.get(JAVA_INT, 0);
            int signal = word & 0x7f;
            exitCode = signal == 0 ? word >> 8 & 0xff : SIGNALLED + signal;
        }
        return exitCode;
    }

    private static void untilDone(Arena arena, String name, Object... arguments) {
        while (true) {
            try {
                Linux.call(arena, name, arguments);
                return;
            } catch (KernelException e) {
                if (e.errno() != EINTR) {
                    throw e;
                }
            }
        }
    }

    /** Kills a process, whosever child it is, and all that it started. */
    public static void kill(ProcessHandle process) {
        // Listed before, since they are nobody's afterwards; killed after, since it might go on when they end.
        List<ProcessHandle> below = process.descendants().toList();
        process.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
    }

    /** Kills it with what it started; one whose end was waited for is fine. */
    public synchronized void kill() {
        if (exitCode == null) {
            ProcessHandle.of(pid).ifPresent(Child::kill);
        }
    }
}
