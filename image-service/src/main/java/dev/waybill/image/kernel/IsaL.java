package dev.waybill.image.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inflates gzip members with Intel's ISA-L, two to three times as fast as zlib, where the host has it (Debian: libisal2).
 * The layout of its state is that of the library's major version 2; before it is used the first time it must have
 * inflated a sample. An object belongs to the thread that made it.
 */
@SuppressWarnings("restricted") // native code is called in this package only
public final class IsaL implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IsaL.class);

    // struct inflate_state, isa-l/igzip_lib.h 2.x; it has 87,368 bytes
    private static final int STATE_BYTES = 128 << 10;
    private static final int NEXT_OUT = 0;
    private static final int AVAIL_OUT = 8;
    private static final int NEXT_IN = 16;
    private static final int AVAIL_IN = 32;
    private static final int BLOCK_STATE = 21160;
    private static final int CRC_FLAG = 21172;
    private static final int ISAL_GZIP = 1;
    private static final int ISAL_BLOCK_FINISH = 5;

    private static final Optional<Library> LIBRARY = load();

    private record Library(MethodHandle init, MethodHandle reset, MethodHandle inflate) {}

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE_BYTES, 64);
    private final MemorySegment in;
    private final MemorySegment out;
    private final Library library;

    /**
     * @param inBytes most bytes that {@link #input} takes
     * @param outBytes most bytes that {@link #inflate} gives at once
     */
    public IsaL(int inBytes, int outBytes) {
        this(LIBRARY.orElseThrow(() -> new IllegalStateException("libisal is not on this host")), inBytes, outBytes);
    }

    private IsaL(Library library, int inBytes, int outBytes) {
        this.library = library;
        this.in = arena.allocate(inBytes);
        this.out = arena.allocate(outBytes);
        call(library.init);
        state.set(JAVA_INT, CRC_FLAG, ISAL_GZIP);
    }

    /** Whether this host has a library that works. */
    public static boolean available() {
        return LIBRARY.isPresent();
    }

    /** What is to be inflated next; only when nothing is left of the last input. */
    public void input(byte[] bytes, int length) {
        MemorySegment.copy(bytes, 0, in, ValueLayout.JAVA_BYTE, 0, length);
        state.set(ADDRESS, NEXT_IN, in);
        state.set(JAVA_INT, AVAIL_IN, length);
    }

    /** Bytes of the input that are left. */
    public int inputLeft() {
        return state.get(JAVA_INT, AVAIL_IN);
    }

    /** Whether the member is over, its checksum included. */
    public boolean finished() {
        return state.get(JAVA_INT, BLOCK_STATE) == ISAL_BLOCK_FINISH;
    }

    /** Begins the next member; what is left of the input stays. */
    public void nextMember() {
        call(library.reset);
        state.set(JAVA_INT, CRC_FLAG, ISAL_GZIP);
    }

    /** The first byte of the input that is left. */
    public int peek() {
        return state.get(ADDRESS, NEXT_IN).reinterpret(1).get(ValueLayout.JAVA_BYTE, 0) & 0xff;
    }

    /** Inflates what there is, 0 when more input is needed or the member is over. */
    public int inflate(byte[] bytes, int offset, int length) throws IOException {
        int room = (int) Math.min(length, out.byteSize());
        state.set(ADDRESS, NEXT_OUT, out);
        state.set(JAVA_INT, AVAIL_OUT, room);
        int result = result(library.inflate);
        if (result < 0) {
            throw new IOException("the gzip stream is damaged (code " + result + ")");
        }
        int count = room - state.get(JAVA_INT, AVAIL_OUT);
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, bytes, offset, count);
        return count;
    }

    private int result(MethodHandle function) {
        try {
            return (int) function.invokeExact(state);
        } catch (Throwable e) {
            throw defect(e);
        }
    }

    private void call(MethodHandle function) {
        try {
            function.invokeExact(state);
        } catch (Throwable e) {
            throw defect(e);
        }
    }

    private static IllegalStateException defect(Throwable e) {
        return new IllegalStateException("a call into libisal failed", e);
    }

    @Override
    public void close() {
        arena.close();
    }

    private static Optional<Library> load() {
        try {
            SymbolLookup lookup = SymbolLookup.libraryLookup("libisal.so.2", Arena.global());
            Linker linker = Linker.nativeLinker();
            FunctionDescriptor noResult = FunctionDescriptor.ofVoid(ADDRESS);
            Library library = new Library(
                    linker.downcallHandle(lookup.findOrThrow("isal_inflate_init"), noResult),
                    linker.downcallHandle(lookup.findOrThrow("isal_inflate_reset"), noResult),
                    linker.downcallHandle(
                            lookup.findOrThrow("isal_inflate"), FunctionDescriptor.of(JAVA_INT, ADDRESS)));
            if (works(library)) {
                return Optional.of(library);
            }
            log.warn("libisal.so.2 of this host gives wrong results; gzip goes through zlib");
        } catch (IllegalArgumentException e) {
            log.debug("no libisal on this host; gzip goes through zlib", e);
        } catch (IOException | RuntimeException e) {
            log.warn("libisal.so.2 of this host does not work; gzip goes through zlib", e);
        }
        return Optional.empty();
    }

    private static boolean works(Library library) throws IOException {
        byte[] sample = new byte[50_000];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (byte) (i * i / 1000);
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(sample);
        }
        byte[] unpacked = new byte[sample.length + 1];
        try (IsaL inflater = new IsaL(library, packed.size(), 1 << 10)) {
            inflater.input(packed.toByteArray(), packed.size());
            int at = 0;
            int count;
            do {
                count = inflater.inflate(unpacked, at, unpacked.length - at);
                at += count;
            } while (count > 0 && at < unpacked.length);
            return inflater.finished()
                    && at == sample.length
                    && Arrays.equals(sample, 0, at, unpacked, 0, at)
                    && inflater.inputLeft() == 0;
        }
    }
}
