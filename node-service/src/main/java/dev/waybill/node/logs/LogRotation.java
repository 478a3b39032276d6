package dev.waybill.node.logs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Keeps a log within its limits as the kubelet does ({@code containerLogMaxSize}, {@code containerLogMaxFiles}): a file
 * that has grown too large is put aside and begun anew, those before it are compressed, the oldest go. A crash between
 * any two steps leaves every line in one file. Used by one thread per log.
 */
public final class LogRotation {
    private final long maxBytes;
    private final int maxFiles;

    /** {@code maxFiles} counts the file that is being written, and is 2 or more. */
    public LogRotation(long maxBytes, int maxFiles) {
        this.maxBytes = maxBytes;
        this.maxFiles = maxFiles;
    }

    /** Makes whoever writes the log begin a new file of the same name; returns once it is there. */
    public interface Reopening {
        void reopen() throws IOException;
    }

    /** Rotates the log if it is too large; false when it was not. */
    public boolean rotate(Path log, Instant now, Reopening reopening) throws IOException {
        if (!Files.exists(log) || Files.size(log) < maxBytes) {
            return false;
        }
        Path aside = LogFiles.asideName(log, now);
        if (Files.exists(aside) || Files.exists(LogFiles.compressed(aside))) {
            // Twice within a second: the next round.
            return false;
        }
        clearUnfinished(log);
        List<Path> earlier = LogFiles.aside(log);
        int kept = maxFiles - 2;
        for (Path old : earlier.subList(0, Math.max(0, earlier.size() - kept))) {
            Files.deleteIfExists(old);
        }
        for (Path old : earlier.subList(Math.max(0, earlier.size() - kept), earlier.size())) {
            if (!LogFiles.isCompressed(old)) {
                compress(old);
            }
        }
        Files.move(log, aside);
        try {
            reopening.reopen();
        } catch (IOException e) {
            // The writer still has the old file: it gets its name back.
            if (!Files.exists(log)) {
                Files.move(aside, log);
            }
            throw e;
        }
        return true;
    }

    private static void clearUnfinished(Path log) throws IOException {
        String prefix = log.getFileName() + ".";
        try (Stream<Path> files = Files.list(log.getParent())) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean own = name.startsWith(prefix);
                boolean twice = !name.endsWith(LogFiles.COMPRESSED) && Files.exists(LogFiles.compressed(file));
                if (own && (name.endsWith(LogFiles.COMPRESSED + LogFiles.UNFINISHED) || twice)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void compress(Path file) throws IOException {
        Path finished = LogFiles.compressed(file);
        Path fresh = finished.resolveSibling(finished.getFileName() + LogFiles.UNFINISHED);
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = new GZIPOutputStream(Files.newOutputStream(fresh), 64 << 10)) {
            in.transferTo(out);
        }
        Files.setLastModifiedTime(fresh, Files.getLastModifiedTime(file));
        Files.move(fresh, finished, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(file);
    }
}
