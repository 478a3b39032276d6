package dev.waybill.node.logs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one log file: lines {@code TIME STREAM F|P TEXT}, where P marks a part of a line that goes on. Memory is bounded
 * by the longest line that conmon writes. Used by one thread.
 */
public final class ContainerLog {
    private static final int BLOCK = 64 << 10;
    private static final Duration POLL = Duration.ofMillis(100);

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

    /** Writes what is wanted of a file; with {@code follow} until {@code live} is false and the file at its end. */
    public static void copy(Path file, LogOptions options, BooleanSupplier live, OutputStream out)
            throws IOException, InterruptedException {
        ContainerLog log = new ContainerLog(options, out);
        boolean again = false;
        do {
            Object identity = Files.getAttribute(file, "unix:ino");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                long start = again || options.tailLines() < 0 ? 0 : startOfTail(channel, options.tailLines());
                log.copy(channel, start, live, () -> replaced(file, identity));
            }
            again = options.follow() && replaced(file, identity);
        } while (again && log.left > 0);
    }

    /** Whether the log was begun anew since, which conmon does at a limit of its size. */
    private static boolean replaced(Path file, Object identity) {
        try {
            return !Files.getAttribute(file, "unix:ino").equals(identity);
        } catch (IOException e) {
            return false;
        }
    }

    private void copy(FileChannel file, long start, BooleanSupplier live, BooleanSupplier replaced)
            throws IOException, InterruptedException {
        long position = start;
        while (left > 0) {
            boolean lives = options.follow() && live.getAsBoolean();
            int read = file.read(ByteBuffer.wrap(held, count, held.length - count), position);
            if (read > 0) {
                position += read;
                count += read;
                lines();
                continue;
            }
            out.flush();
            if (!lives || replaced.getAsBoolean()) {
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

    /** Where the last lines begin, found from the end of the file backwards. */
    private static long startOfTail(FileChannel file, long lines) throws IOException {
        long end = file.size();
        if (lines == 0) {
            return end;
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
                    return start + i + 1;
                }
            }
        }
        return 0;
    }
}
