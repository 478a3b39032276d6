package dev.waybill.image.testing;

import dev.waybill.image.kernel.Directory;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** A directory tree as text, every attribute of every file, so that two trees can be compared. One thread. */
public final class Tree {

    private final SortedMap<String, String> lines = new TreeMap<>();
    private final Map<Long, String> firstOfInode = new HashMap<>();

    private Tree() {}

    /** A line per path, names as byte strings; files that are links of one file name the first of them. */
    public static SortedMap<String, String> of(Path root) throws IOException {
        Tree tree = new Tree();
        int fd = Linux.open(root.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            tree.lines.put("", tree.line(fd, ".", ""));
            tree.walk(fd, "");
        } finally {
            OpenFiles.close(fd);
        }
        return tree.lines;
    }

    private void walk(int fd, String path) throws IOException {
        List<String> names = Directory.names(fd).stream().sorted().toList();
        for (String name : names) {
            String child = path + "/" + name;
            lines.put(child, line(fd, name, child));
            if (Linux.lstatat(fd, name).isDirectory()) {
                int sub = Linux.openat(fd, name, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW, 0);
                walk(sub, child);
                OpenFiles.close(sub);
            }
        }
    }

    private String line(int fd, String name, String path) throws IOException {
        Linux.Status status = Linux.lstatat(fd, name);
        String first = status.isDirectory() ? path : firstOfInode.computeIfAbsent(status.inode(), _ -> path);
        StringBuilder line = new StringBuilder("%o %d:%d %d.%09d dev %d:%d"
                .formatted(
                        status.mode(),
                        status.uid(),
                        status.gid(),
                        status.mtimeSeconds(),
                        status.mtimeNanos(),
                        status.major(),
                        status.minor()));
        if (!first.equals(path)) {
            return line.append(" = ").append(first).toString();
        }
        switch (status.mode() & Linux.S_IFMT) {
            case Linux.S_IFREG ->
                line.append(" size ").append(status.sizeBytes()).append(crc(fd, name));
            case Linux.S_IFLNK -> line.append(" -> ").append(Linux.readlinkat(fd, name));
            default -> {
                // nothing more to say
            }
        }
        Linux.xattrs(fd, name).forEach((key, value) -> {
            if (!key.startsWith("trusted.overlay.")) {
                line.append(' ').append(key).append('=').append(HexFormat.of().formatHex(value));
            }
        });
        return line.toString();
    }

    private static String crc(int dir, String name) throws IOException {
        int fd = Linux.openat(dir, name, Linux.O_RDONLY | Linux.O_NOFOLLOW, 0);
        try (FileInputStream in =
                new FileInputStream(Path.of("/proc/self/fd/" + fd).toFile())) {
            CRC32C crc = new CRC32C();
            crc.update(in.readAllBytes());
            return " crc " + crc.getValue();
        } finally {
            OpenFiles.close(fd);
        }
    }

    /** Whether the file takes less room than it is long. */
    public static boolean hasHoles(Path file) throws IOException {
        int dir = Linux.open(file.getParent().toString(), Linux.O_RDONLY);
        try {
            Linux.Status status = Linux.lstatat(dir, file.getFileName().toString());
            return status.blocks() * 512 < Files.size(file) / 2;
        } finally {
            OpenFiles.close(dir);
        }
    }
}
