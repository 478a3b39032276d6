package dev.waybill.node.logs;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The files of one log, named as the kubelet names them: {@code 0.log}, what was put aside of it as
 * {@code 0.log.20260102-150405}, and older parts compressed as {@code 0.log.20260102-150405.gz}. Stateless.
 */
final class LogFiles {
    static final String COMPRESSED = ".gz";
    static final String UNFINISHED = ".tmp";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private LogFiles() {}

    static Path asideName(Path log, Instant now) {
        return log.resolveSibling(log.getFileName() + "." + TIME.format(now));
    }

    /** What was put aside, oldest first; of a part that is there twice only the compressed one counts. */
    static List<Path> aside(Path log) throws IOException {
        String prefix = log.getFileName() + ".";
        Path directory = log.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .filter(file -> !file.toString().endsWith(UNFINISHED))
                    .filter(file -> isCompressed(file) || !Files.exists(compressed(file)))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
    }

    static boolean isCompressed(Path file) {
        return file.toString().endsWith(COMPRESSED);
    }

    static Path compressed(Path file) {
        return file.resolveSibling(file.getFileName() + COMPRESSED);
    }

    /** The same for a part before and after its compression. */
    static String partName(Path file) {
        String name = file.getFileName().toString();
        return isCompressed(file) ? name.substring(0, name.length() - COMPRESSED.length()) : name;
    }

    /** The text of a part. */
    static InputStream open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        return isCompressed(file) ? new BufferedInputStream(new GZIPInputStream(in)) : in;
    }

    /** Lines of a part; one that was removed meanwhile has none. */
    static long lines(Path file) throws IOException {
        long lines = 0;
        byte[] block = new byte[64 << 10];
        try (InputStream in = open(file)) {
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                for (int i = 0; i < count; i++) {
                    lines += block[i] == '\n' ? 1 : 0;
                }
            }
        } catch (NoSuchFileException e) {
            return 0;
        }
        return lines;
    }
}
