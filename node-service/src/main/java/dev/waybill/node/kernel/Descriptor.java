package dev.waybill.node.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/**
 * An open file that the JDK has no class for: a terminal, a socket of packets, a socket that descriptors come through.
 * One thread may read while another writes; whoever closes it ends a read that waits within {@link #POLL}. Reads block
 * the thread in the kernel, so they belong on platform threads.
 */
public final class Descriptor implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int O_CLOEXEC = 0x80000;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SOCK_SEQPACKET_CLOEXEC = 5 | 0x80000;
    private static final int SOCKADDR_BYTES = 110;
    private static final int LONGEST_PATH = 107;
    private static final short POLLIN = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_WR = 1;
    private static final int SHUT_RDWR = 2;
    private static final long TIOCSWINSZ = 0x5414L;
    private static final int EINTR = 4;
    private static final int EIO = 5;
    private static final int EBADF = 9;
    private static final int ECONNRESET = 104;

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Shared by those who use the number, alone for who gives it back: a number that is reused is somebody else's. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private Descriptor(int number) {
        this.number = number;
    }

    /** Two ends of a pipe, which no program inherits. */
    public record Pipe(Descriptor output, Descriptor input) implements AutoCloseable {
        @Override
        public void close() {
            output.close();
            input.close();
        }
    }

    public static Pipe pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(8, 4);
            Linux.call(arena, "pipe2", ends, O_CLOEXEC);
            return new Pipe(new Descriptor(ends.get(JAVA_INT, 0)), new Descriptor(ends.get(JAVA_INT, 4)));
        }
    }

    /** Holds what a file stands for, such as a namespace. */
    public static Descriptor ofFile(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor((int) Linux.call(arena, "open", arena.allocateFrom(file.toString()), O_CLOEXEC));
        }
    }

    /** By what name other processes know it, until it is closed. */
    public Path path() {
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(number));
    }

    /** By what number the kernel knows it, until it is closed. */
    int number() {
        return number;
    }

    /** Connects to a socket that keeps the bounds of packets (SOCK_SEQPACKET). */
    public static Descriptor connectPackets(Path path) {
        return socket(SOCK_SEQPACKET_CLOEXEC, "connect", path);
    }

    /** Listens for one connection at a path that does not exist yet. */
    public static Descriptor listen(Path path) {
        Descriptor listening = socket(SOCK_STREAM_CLOEXEC, "bind", path);
        try (Arena arena = Arena.ofConfined()) {
            Linux.call(arena, "listen", listening.number, 1);
            return listening;
        }
    }

    private static Descriptor socket(int type, String call, Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_PATH) {
            throw new IllegalArgumentException("a socket's path has at most " + LONGEST_PATH + " bytes: " + path);
        }
        try (Arena arena = Arena.ofConfined()) {
            Descriptor socket = new Descriptor((int) Linux.call(arena, "socket", AF_UNIX, type, 0));
            MemorySegment address = arena.allocate(SOCKADDR_BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
            try {
                Linux.call(arena, call, socket.number, address, SOCKADDR_BYTES);
            } catch (KernelException e) {
                socket.close();
                throw e;
            }
            return socket;
        }
    }

    /** The connection that comes to a listening socket; empty when none comes in time. */
    public Optional<Descriptor> accept(Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            if (!ready(arena, timeout)) {
                return Optional.empty();
            }
            return Optional.of(
                    new Descriptor((int) Linux.call(arena, "accept", number, MemorySegment.NULL, MemorySegment.NULL)));
        }
    }

    /** The descriptor that the peer passes (unix(7), SCM_RIGHTS); empty when it passes none in time. */
    public Optional<Descriptor> receive(Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            if (!ready(arena, timeout)) {
                return Optional.empty();
            }
            MemorySegment data = arena.allocate(4096);
            MemorySegment vector = arena.allocate(16, 8);
            vector.set(JAVA_LONG, 0, data.address());
            vector.set(JAVA_LONG, 8, data.byteSize());
            MemorySegment control = arena.allocate(64, 8);
            MemorySegment header = arena.allocate(56, 8);
            header.set(JAVA_LONG, 16, vector.address());
            header.set(JAVA_LONG, 24, 1);
            header.set(JAVA_LONG, 32, control.address());
            header.set(JAVA_LONG, 40, control.byteSize());
            Linux.call(arena, "recvmsg", number, header, MSG_CMSG_CLOEXEC);
            boolean rights = header.get(JAVA_LONG, 40) >= 20 && control.get(JAVA_INT, 8) == 1;
            return rights ? Optional.of(new Descriptor(control.get(JAVA_INT, 16))) : Optional.empty();
        }
    }

    /** Whether there is something to read, an end included, within that time. */
    public boolean awaitInput(Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            return ready(arena, timeout);
        }
    }

    private boolean ready(Arena arena, Duration timeout) {
        MemorySegment poll = arena.allocate(8, 4);
        poll.set(JAVA_INT, 0, number);
        poll.set(JAVA_SHORT, 4, POLLIN);
        try {
            return Linux.call(arena, "poll", poll, 1L, (int) timeout.toMillis()) > 0;
        } catch (KernelException e) {
            if (e.errno() == EINTR) {
                return false;
            }
            throw e;
        }
    }

    /** Waits for bytes and returns how many came; -1 at the end, which a terminal has when its last user is gone. */
    public int read(byte[] into) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(into.length);
            int count = -1;
            while (!closed.get() && count < 0) {
                count = tryRead(arena, buffer);
            }
            MemorySegment.copy(buffer, JAVA_BYTE, 0, into, 0, Math.max(0, count));
            return count == 0 ? -1 : count;
        } catch (KernelException e) {
            if (e.errno() == EIO || e.errno() == ECONNRESET) {
                return -1;
            }
            throw e;
        }
    }

    /** How many bytes came; -1 when none did yet. */
    private int tryRead(Arena arena, MemorySegment buffer) {
        use.readLock().lock();
        try {
            return !closed.get() && ready(arena, POLL)
                    ? (int) Linux.call(arena, "read", number, buffer, buffer.byteSize())
                    : -1;
        } finally {
            use.readLock().unlock();
        }
    }

    public void write(byte[] bytes, int offset, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(length);
            MemorySegment.copy(bytes, offset, buffer, JAVA_BYTE, 0, length);
            int done = 0;
            while (done < length) {
                MemorySegment rest = buffer.asSlice(done);
                done += (int) whileOpen(() -> Linux.call(arena, "write", number, rest, rest.byteSize()));
            }
        }
    }

    /** Tells a socket's peer that nothing more comes. */
    public void endOutput() {
        try (Arena arena = Arena.ofConfined()) {
            whileOpen(() -> Linux.call(arena, "shutdown", number, SHUT_WR));
        }
    }

    /** Sets the size of a terminal (ioctl_tty(2)), which signals SIGWINCH to who runs in it. */
    public void resize(int columns, int rows) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(8, 2);
            size.set(JAVA_SHORT, 0, (short) rows);
            size.set(JAVA_SHORT, 2, (short) columns);
            whileOpen(() -> Linux.call(arena, "ioctl", number, TIOCSWINSZ, size));
        }
    }

    private long whileOpen(LongSupplier call) {
        use.readLock().lock();
        try {
            if (closed.get()) {
                throw new KernelException("write", EBADF, "closed");
            }
            return call.getAsLong();
        } finally {
            use.readLock().unlock();
        }
    }

    /** Ends what waits for the peer of a socket, then gives the number back. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Linux.call(arena, "shutdown", number, SHUT_RDWR);
        } catch (KernelException e) {
            // No socket, or one that listens or whose peer is gone: nobody waits for it.
        }
        use.writeLock().lock();
        try {
            Linux.close(number);
        } finally {
            use.writeLock().unlock();
        }
    }
}
