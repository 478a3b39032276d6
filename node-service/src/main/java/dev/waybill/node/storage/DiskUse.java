package dev.waybill.node.storage;

import dev.waybill.node.oci.Command;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much of a disk directories take: blocks, so that holes count nothing, and linked files once. Stateless. */
public final class DiskUse {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private DiskUse() {}

    /**
     * Bytes of each path, without what is mounted below it; paths that are not there are left out, and files that go
     * while they are counted may be.
     *
     * @throws dev.waybill.node.oci.CommandFailedException when counting takes too long
     */
    public static Map<Path, Long> of(Collection<Path> paths) {
        List<String> words = new ArrayList<>(List.of("du", "-sx", "-B1", "--"));
        paths.stream()
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                .forEach(path -> words.add(path.toString()));
        Map<Path, Long> bytes = new HashMap<>();
        if (words.size() == 4) {
            return bytes;
        }
        // A file that went meanwhile is an error to du, which counts the others all the same.
        Command.run(words, Map.of(), "", LIMIT).output().lines().forEach(line -> {
            String[] columns = line.split("\t", 2);
            bytes.put(Path.of(columns[1]), Long.parseLong(columns[0]));
        });
        return bytes;
    }
}
