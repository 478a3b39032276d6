package dev.waybill.image.store;

import dev.waybill.image.kernel.Directory;
import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.unpack.LayerRecord;
import dev.waybill.image.unpack.LayerUnpacker;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Compares a layer on disk with what was written when it was unpacked. One thread. */
final class LayerCheck {

    private static final int MAX_PROBLEMS = 20;
    private static final int BUFFER_BYTES = 256 << 10;

    private final LayerContents contents;
    private final boolean withContent;
    private final List<String> problems = new ArrayList<>();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long found;

    private LayerCheck(LayerContents contents, boolean withContent) {
        this.contents = contents;
        this.withContent = withContent;
    }

    /**
     * What is wrong with a layer, a few of its files at most; empty when it is whole.
     *
     * @param withContent whether to read every file
     */
    static List<String> problems(Path home, boolean withContent) throws IOException {
        Path records = home.resolve(LayerUnpacker.RECORDS);
        if (!Files.isRegularFile(records)) {
            return List.of("its list of entries is missing");
        }
        LayerCheck check;
        try {
            check = new LayerCheck(LayerContents.read(records), withContent);
        } catch (IOException e) {
            return List.of("its list of entries is damaged: " + e);
        }
        int root = Linux.open(home.resolve("fs").toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            check.root(root);
        } finally {
            OpenFiles.close(root);
        }
        return check.problems;
    }

    private void root(int root) throws IOException {
        LayerRecord expected = contents.files().get("");
        if (expected != null) {
            compare(root, ".", "", expected);
        }
        opaque(root, ".", "");
        directory(root, "");
        long missing = contents.files().size() - (expected == null ? 0 : 1) - found;
        if (missing > 0) {
            problem("", missing + " of its files are missing");
        }
    }

    private void directory(int fd, String path) throws IOException {
        for (String name : Directory.names(fd)) {
            String child = path.isEmpty() ? name : path + "/" + name;
            LayerRecord expected = contents.files().get(child);
            if (expected == null) {
                problem(child, "is not of this layer");
                continue;
            }
            found++;
            compare(fd, name, child, expected);
            if (Linux.lstatat(fd, name).isDirectory()) {
                opaque(fd, name, child);
                int sub = Linux.openat(fd, name, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW, 0);
                try {
                    directory(sub, child);
                } finally {
                    OpenFiles.close(sub);
                }
            }
        }
    }

    private void opaque(int fd, String name, String path) throws IOException {
        boolean is = Linux.xattrs(fd, name).containsKey("trusted.overlay.opaque");
        if (is != contents.isOpaque(path)) {
            problem(path, is ? "is opaque and was not" : "is not opaque any more");
        }
    }

    private void compare(int fd, String name, String path, LayerRecord expected) throws IOException {
        Linux.Status status = Linux.lstatat(fd, name);
        same(path, "type", type(status), expected.type() == 'i' ? 'd' : expected.type());
        if (expected.type() == 'i' || expected.type() == 'w' || type(status) != expected.type()) {
            return;
        }
        boolean link = expected.type() == 'l';
        same(path, "mode", link ? 0 : status.mode() & 07777, link ? 0 : expected.mode());
        same(path, "owner", status.uid() + ":" + status.gid(), expected.uid() + ":" + expected.gid());
        same(path, "time", time(status.mtimeSeconds(), status.mtimeNanos()), recorded(expected));
        same(path, "xattrs", LayerRecord.crc(LayerRecord.ofTheImage(Linux.xattrs(fd, name))), expected.xattrsCrc());
        switch (expected.type()) {
            case 'f' -> {
                same(path, "size", status.sizeBytes(), expected.sizeBytes());
                if (withContent && status.sizeBytes() == expected.sizeBytes()) {
                    same(path, "content", crc(fd, name), expected.contentCrc());
                }
            }
            case 'l' -> same(path, "target", Linux.readlinkat(fd, name), expected.link());
            case 'c', 'b' -> same(path, "device", (long) status.major() << 32 | status.minor(), expected.device());
            default -> {
                // nothing more to compare
            }
        }
    }

    private static String recorded(LayerRecord expected) {
        return time(expected.mtimeSeconds(), expected.mtimeNanos());
    }

    private static String time(long seconds, int nanos) {
        return seconds + "." + nanos;
    }

    private static char type(Linux.Status status) {
        return switch (status.mode() & Linux.S_IFMT) {
            case Linux.S_IFDIR -> 'd';
            case Linux.S_IFREG -> 'f';
            case Linux.S_IFLNK -> 'l';
            case Linux.S_IFBLK -> 'b';
            case Linux.S_IFIFO -> 'p';
            default -> status.isWhiteout() ? 'w' : 'c';
        };
    }

    private @Nullable Integer crc(int dir, String name) throws IOException {
        int fd;
        try {
            fd = Linux.openat(dir, name, Linux.O_RDONLY | Linux.O_NOFOLLOW, 0);
        } catch (KernelException e) {
            return null;
        }
        try (FileInputStream in = new FileInputStream("/proc/self/fd/" + fd)) {
            CRC32C crc = new CRC32C();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                crc.update(buffer, 0, count);
            }
            return (int) crc.getValue();
        } catch (IOException e) {
            return null;
        } finally {
            OpenFiles.close(fd);
        }
    }

    private void same(String path, String what, @Nullable Object is, Object was) {
        if (!Objects.equals(is, was)) {
            problem(path, what + " changed");
        }
    }

    private void problem(String path, String what) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add("/" + path.replaceAll("[^ -~]", "?") + " " + what);
        }
    }
}
