package dev.waybill.image.testing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Reads extended attributes of every namespace; the JDK reads only user's. */
@SuppressWarnings("restricted")
public final class Xattrs {

    private Xattrs() {}

    public static byte[] get(Path path, String name) throws Throwable {
        Linker linker = Linker.nativeLinker();
        var lgetxattr = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("lgetxattr"),
                FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(4096);
            long length = (long) lgetxattr.invokeExact(
                    arena.allocateFrom(path.toString()), arena.allocateFrom(name), value, value.byteSize());
            if (length < 0) {
                throw new AssertionError(path + " has no attribute " + name);
            }
            return value.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }
}
