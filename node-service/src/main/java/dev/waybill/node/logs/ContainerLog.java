package dev.waybill.node.logs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log: lines {@code TIME STREAM F|P TEXT}, where P marks a part of a line that goes on. Memory is bounded
 * by the longest line that conmon writes. Used by one thread.
 */
public final class ContainerLog {
    private static final int BLOCK = 64 << 10;
    private static final Duration POLL = Duration.ofMillis(100);
    /** Polls for which a log's file may be away. */
    private static final int AWAY = 20;

    private final LogOptions options;
    private final OutputStream out;
    private long left;
    private boolean lineBegun;
    private byte[] held = new byte[BLOCK];
    private int count;

    private ContainerLog(LogOptions options, OutputStream out) {
        this.options = options;
        this.out = out;
        this.left = options.limitBytes() < 0 ? Long.MAX_VALUE : options.limitBytes();
    }

    /** Whether there is anything of a log, be it that its file is just being begun anew. */
    public static boolean exists(Path log) throws IOException {
        return Files.exists(log) || !LogFiles.aside(log).isEmpty();
    }

    /**
     * Writes what is wanted of a log, beginning with what was put aside of it; with {@code follow} until {@code live} is
     * false and the log at its end.
     */
    public static void copy(Path log, LogOptions options, BooleanSupplier live, OutputStream out)
            throws IOException, InterruptedException {
        ContainerLog copy = new ContainerLog(options, out);
        Opened current = open(log);
        try {
            long start = copy.before(current.aside(), current.file());
            while (copy.left > 0) {
                Opened reading = current;
                copy.copy(reading.file(), start, live, () -> replaced(log, reading));
                if (!options.follow() || !replaced(log, reading)) {
                    return;
                }
                current = open(log);
                reading.file().close();
                copy.between(reading, current);
                start = 0;
            }
        } finally {
            current.file().close();
        }
    }

    /** The file that is being written, and the parts that were put aside before it. */
    private record Opened(FileChannel file, Object identity, List<Path> aside) {}

    /** Opens the log's file, which is away for a moment while it is begun anew. */
    private static Opened open(Path log) throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            List<Path> aside = LogFiles.aside(log);
            try {
                FileChannel file = FileChannel.open(log, StandardOpenOption.READ);
                if (LogFiles.aside(log).equals(aside)) {
                    return new Opened(file, identity(log), aside);
                }
                file.close();
            } catch (NoSuchFileException e) {
                if (attempt >= AWAY) {
                    throw e;
                }
            }
            Thread.sleep(POLL);
        }
    }

    private static boolean replaced(Path log, Opened opened) {
        return !opened.identity().equals(identity(log));
    }

    /** What was written between a file that was read to its end and another: parts that were put aside after the first. */
    private void between(Opened read, Opened next) throws IOException {
        Set<String> known = read.aside().stream().map(LogFiles::partName).collect(Collectors.toSet());
        List<Path> fresh = next.aside().stream()
                .filter(part -> !known.contains(LogFiles.partName(part)))
                .toList();
        // The first of them is the file that was read.
        for (Path part : fresh.subList(Math.min(1, fresh.size()), fresh.size())) {
            part(part, 0);
        }
    }

    /** Writes what is wanted of the parts put aside; returns where to begin in the current file. */
    private long before(List<Path> parts, FileChannel current) throws IOException {
        if (options.tailLines() < 0) {
            for (Path part : parts) {
                part(part, 0);
            }
            return 0;
        }
        Tail tail = tail(current, options.tailLines());
        Deque<Path> wanted = new ArrayDeque<>();
        long missing = options.tailLines() - tail.lines();
        long skipped = 0;
        for (Path part : parts.reversed()) {
            if (missing > 0) {
                long lines = LogFiles.lines(part);
                skipped = Math.max(0, lines - missing);
                missing -= Math.min(missing, lines);
                wanted.addFirst(part);
            }
        }
        for (Path part : wanted) {
            part(part, skipped);
            skipped = 0;
        }
        return tail.start();
    }

    /** Writes a part but for its first lines; one that went meanwhile was the oldest. */
    private void part(Path part, long skippedLines) throws IOException {
        Instant since = options.since();
        try {
            if (since != null && Files.getLastModifiedTime(part).toInstant().isBefore(since)) {
                return;
            }
            try (InputStream in = LogFiles.open(part)) {
                long skip = skippedLines;
                while (skip > 0) {
                    int value = in.read();
                    skip -= value == '\n' || value < 0 ? 1 : 0;
                }
                for (int read = in.read(held, count, held.length - count);
                        read >= 0 && left > 0;
                        read = in.read(held, count, held.length - count)) {
                    count += read;
                    lines();
                }
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }

    private static Object identity(Path file) {
        try {
            return Files.getAttribute(file, "unix:ino");
        } catch (IOException e) {
            return "";
        }
    }

    private void copy(FileChannel file, long start, BooleanSupplier live, BooleanSupplier replaced)
            throws IOException, InterruptedException {
        long position = start;
        while (left > 0) {
            boolean lives = options.follow() && live.getAsBoolean();
            // Asked before the read: what is written to a file before it is put aside is read.
            boolean over = !lives || replaced.getAsBoolean();
            int read = file.read(ByteBuffer.wrap(held, count, held.length - count), position);
            if (read > 0) {
                position += read;
                count += read;
                lines();
                continue;
            }
            out.flush();
            if (over) {
                return;
            }
            Thread.sleep(POLL);
        }
        out.flush();
    }

    /** Writes the whole lines that are held; what is left of a line stays, and room grows for a longer one. */
    private void lines() throws IOException {
        int begin = 0;
        for (int i = 0; i < count && left > 0; i++) {
            if (held[i] == '\n') {
                line(held, begin, i);
                begin = i + 1;
            }
        }
        count -= begin;
        System.arraycopy(held, begin, held, 0, count);
        if (count == held.length) {
            held = Arrays.copyOf(held, held.length * 2);
        }
    }

    private void line(byte[] bytes, int begin, int end) throws IOException {
        int afterTime = space(bytes, begin, end);
        int afterStream = space(bytes, afterTime, end);
        int afterTag = space(bytes, afterStream, end);
        if (afterTime < 0 || afterStream < 0 || afterStream >= end) {
            return;
        }
        int text = afterTag < 0 ? end : afterTag;
        String time = new String(bytes, begin, afterTime - 1 - begin, StandardCharsets.UTF_8);
        if (tooOld(time)) {
            return;
        }
        if (options.timestamps() && !lineBegun) {
            write((time + " ").getBytes(StandardCharsets.UTF_8), 0, time.length() + 1);
        }
        write(bytes, text, end - text);
        lineBegun = bytes[afterStream] == 'P';
        if (!lineBegun) {
            write(new byte[] {'\n'}, 0, 1);
        }
    }

    private boolean tooOld(String time) {
        @Nullable Instant since = options.since();
        if (since == null) {
            return false;
        }
        try {
            return OffsetDateTime.parse(time).toInstant().isBefore(since);
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static int space(byte[] bytes, int from, int end) {
        for (int i = Math.max(from, 0); from >= 0 && i < end; i++) {
            if (bytes[i] == ' ') {
                return i + 1;
            }
        }
        return -1;
    }

    private void write(byte[] bytes, int offset, int length) throws IOException {
        int some = (int) Math.min(length, left);
        out.write(bytes, offset, some);
        left -= some;
    }

    private record Tail(long start, long lines) {}

    /** Where the last lines begin, found from the end of the file backwards, and how many there are. */
    private static Tail tail(FileChannel file, long lines) throws IOException {
        long end = file.size();
        if (lines == 0) {
            return new Tail(end, 0);
        }
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        long seen = 0;
        for (long blockEnd = end; blockEnd > 0; blockEnd -= block.limit()) {
            long start = Math.max(0, blockEnd - BLOCK);
            block.clear().limit((int) (blockEnd - start));
            while (block.hasRemaining() && file.read(block, start + block.position()) >= 0) {
                // until the block is whole
            }
            for (int i = block.limit() - 1; i >= 0; i--) {
                boolean last = start + i == end - 1;
                if (block.get(i) == '\n' && !last && ++seen == lines) {
                    return new Tail(start + i + 1, lines);
                }
            }
        }
        return new Tail(0, end == 0 ? 0 : seen + 1);
    }
}
