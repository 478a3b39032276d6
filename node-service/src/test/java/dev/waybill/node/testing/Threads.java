package dev.waybill.node.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The threads of this process as the kernel knows them. Stateless. */
public final class Threads {
    private Threads() {}

    /** Those that are in mounts or a network that are not the first thread's. */
    public static List<String> astray() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                try {
                    for (String kind : List.of("mnt", "net")) {
                        Path namespace =
                                Files.readSymbolicLink(task.resolve("ns").resolve(kind));
                        if (!namespace.equals(
                                Files.readSymbolicLink(Path.of("/proc/self/ns").resolve(kind)))) {
                            found.add(Files.readString(task.resolve("comm")).strip() + " in " + namespace);
                        }
                    }
                } catch (NoSuchFileException e) {
                    // It has just ended.
                } catch (IOException e) {
                    if (Files.exists(task)) {
                        throw e;
                    }
                }
            }
        }
        return found;
    }
}
