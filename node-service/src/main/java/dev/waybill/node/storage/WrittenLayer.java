package dev.waybill.node.storage;

import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much of a disk a container has written to a root that is a tree of its own: files that were changed since it was made,
 * each as a whole, which is what an overlay would have had to copy. The kernel notes changes (inode(7), ctime), which no
 * process can set otherwise than by the machine's clock. Stateless.
 */
public final class WrittenLayer {
    /** Lies beside the root, and was changed last when that was done. */
    private static final String MADE = "root-made";

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int BLOCK_BYTES = 512;

    private WrittenLayer() {}

    static void begin(Path bundle) {
        try {
            Files.writeString(bundle.resolve(MADE), "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot note when the root in " + bundle + " was made", e);
        }
    }

    static void forget(Path bundle) {
        try {
            Files.deleteIfExists(bundle.resolve(MADE));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot forget the root in " + bundle, e);
        }
    }

    /**
     * Bytes, linked files once; 0 where the root is no tree.
     *
     * @throws dev.waybill.node.oci.CommandFailedException when counting takes too long
     */
    public static long bytesInTree(Path bundle) {
        Path made = bundle.resolve(MADE);
        if (!Files.exists(made)) {
            return 0;
        }
        List<String> words = List.of(
                "find",
                bundle.resolve(StorageDriver.ROOT).toString(),
                "-xdev",
                "-newercc",
                made.toString(),
                "-printf",
                "%i %b\\n");
        Set<String> files = new HashSet<>();
        long blocks = 0;
        // A file that went meanwhile is an error to find, which goes on all the same.
        for (String line :
                Command.run(words, Map.of(), "", LIMIT).output().lines().toList()) {
            String[] columns = line.split(" ", -1);
            if (files.add(columns[0])) {
                blocks += Long.parseLong(columns[1]);
            }
        }
        return blocks * BLOCK_BYTES;
    }
}
