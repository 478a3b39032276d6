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
import java.nio.file.Path;

/** Overlay mounts and btrfs subvolumes. Stateless and thread-safe. */
@SuppressWarnings("restricted") // native code is called in this package only
public final class FileSystems {

    public static final int EPERM = 1;
    public static final int EACCES = 13;

    /** _IOW(0x94, 1, struct btrfs_ioctl_vol_args), linux/btrfs.h. */
    private static final long SNAP_CREATE = 0x50009401L;
    /** _IOW(0x94, 14, struct btrfs_ioctl_vol_args). */
    private static final long SUBVOL_CREATE = 0x5000940eL;

    private static final int VOL_ARGS_BYTES = 4096;
    private static final int VOL_ARGS_NAME = 8;
    private static final int MNT_DETACH = 2;

    private static final MethodHandle MOUNT = handle("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle UMOUNT = handle("umount2", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle IOCTL = Calls.variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);

    private FileSystems() {}

    /** Mounts an overlay; the options are as in Documentation/filesystems/overlayfs.rst. */
    public static void mountOverlay(Path target, String options) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment type = text(arena, "overlay");
            MemorySegment at = arena.allocateFrom(target.toString());
            int result = (int) MOUNT.invokeExact(state, type, at, type, 0L, arena.allocateFrom(options));
            checked(result, "mount overlay", target.toString(), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    public static void unmount(Path target) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            int result = (int) UMOUNT.invokeExact(state, arena.allocateFrom(target.toString()), MNT_DETACH);
            checked(result, "umount2", target.toString(), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes an empty btrfs subvolume. */
    public static void createSubvolume(int dir, String name) throws KernelException {
        volume(dir, SUBVOL_CREATE, 0, name);
    }

    /** Makes a writable btrfs subvolume that begins with all that another one has. */
    public static void snapshot(int dir, String name, int source) throws KernelException {
        volume(dir, SNAP_CREATE, source, name);
    }

    private static void volume(int dir, long request, int source, String name) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment volume = arena.allocate(VOL_ARGS_BYTES, 8);
            volume.set(JAVA_LONG, 0, source);
            volume.setString(VOL_ARGS_NAME, name, Linux.NAME_BYTES);
            checked((int) IOCTL.invokeExact(state, dir, request, volume), "btrfs ioctl", name, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }
}
