package dev.waybill.image.chain;

import dev.waybill.image.kernel.FileSystems;
import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the driver by what the store's file system can do, found out by trying. Stateless. */
public final class DriverChoice {

    private static final Logger log = LoggerFactory.getLogger(DriverChoice.class);

    private DriverChoice() {}

    /**
     * The driver of a setting: auto, overlay, btrfs or vfs.
     *
     * @throws IOException when the driver that is asked for can't work on this file system
     * @throws IllegalArgumentException for any other name
     */
    public static StorageDriver choose(String setting, ImageStore images) throws IOException {
        return switch (setting) {
            case "auto" -> automatic(images);
            case "overlay" -> {
                demand(setting, images, DriverChoice::tryOverlay);
                yield new OverlayDriver(images);
            }
            case "btrfs" -> {
                demand(setting, images, DriverChoice::trySubvolume);
                yield TreeDriver.btrfs(images);
            }
            case "vfs" -> TreeDriver.vfs(images);
            default ->
                throw new IllegalArgumentException(
                        "waybill.image.driver: \"" + setting + "\" is none of auto, overlay, btrfs and vfs");
        };
    }

    private static StorageDriver automatic(ImageStore images) throws IOException {
        if (works(images, DriverChoice::tryOverlay)) {
            return new OverlayDriver(images);
        }
        StorageDriver driver =
                works(images, DriverChoice::trySubvolume) ? TreeDriver.btrfs(images) : TreeDriver.vfs(images);
        log.info(
                "no overlay on the file system of {}: driver {}",
                images.layers().directory(),
                driver.name());
        return driver;
    }

    /** Does in an empty directory what the driver needs. */
    private interface Attempt {
        void in(Path directory) throws IOException;
    }

    private static boolean works(ImageStore images, Attempt attempt) throws IOException {
        try {
            run(images, attempt);
            return true;
        } catch (KernelException e) {
            log.debug("tried in vain", e);
            return false;
        }
    }

    private static void demand(String driver, ImageStore images, Attempt attempt) throws IOException {
        try {
            run(images, attempt);
        } catch (KernelException e) {
            throw new IOException(
                    "waybill.image.driver: " + driver + " does not work on the file system of "
                            + images.layers().directory() + " (" + e.getMessage() + ")",
                    e);
        }
    }

    private static void run(ImageStore images, Attempt attempt) throws IOException {
        Path directory = images.layers().newTemporary();
        try {
            attempt.in(directory);
        } finally {
            images.layers().discard(directory);
        }
    }

    /** Who may not mount learns nothing of the file system; the node, who mounts, may. */
    private static void tryOverlay(Path directory) throws IOException {
        for (String name : new String[] {"lower", "upper", "work", "root"}) {
            Files.createDirectory(directory.resolve(name));
        }
        try {
            FileSystems.mountOverlay(
                    directory.resolve("root"),
                    "lowerdir=" + directory.resolve("lower") + ",upperdir=" + directory.resolve("upper") + ",workdir="
                            + directory.resolve("work"));
            FileSystems.unmount(directory.resolve("root"));
        } catch (KernelException e) {
            if (e.errno() != FileSystems.EPERM && e.errno() != FileSystems.EACCES) {
                throw e;
            }
            log.debug("not allowed to mount", e);
        }
    }

    private static void trySubvolume(Path directory) throws IOException {
        int fd = Linux.open(directory.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            FileSystems.createSubvolume(fd, "volume");
        } finally {
            OpenFiles.close(fd);
        }
    }
}
