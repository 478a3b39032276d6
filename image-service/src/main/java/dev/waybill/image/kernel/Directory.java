package dev.waybill.image.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** What lies in a directory, names byte for byte, which the JDK's paths are not in every locale. Stateless. */
@SuppressWarnings("restricted") // native code is called in this package only
public final class Directory {

    private static final int BUFFER_BYTES = 32 << 10;

    // struct linux_dirent64, getdents(2)
    private static final int RECORD_LENGTH = 16;
    private static final int NAME = 19;

    private static final MethodHandle GETDENTS = Calls.handle("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);

    private Directory() {}

    /** Names in a directory that was opened for reading, without "." and ".."; reads on from where it stands. */
    public static List<String> names(int fd) throws KernelException {
        List<String> names = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
            while (true) {
                long length = (long) GETDENTS.invokeExact(state, fd, buffer, (long) BUFFER_BYTES);
                if (Calls.checked(length, "getdents64", "", state) == 0) {
                    return names;
                }
                for (long at = 0; at < length; ) {
                    String name = buffer.getString(at + NAME, Linux.NAME_BYTES);
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name);
                    }
                    at += Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + RECORD_LENGTH));
                }
            }
        } catch (Throwable e) {
            throw Calls.rethrow(e);
        }
    }
}
