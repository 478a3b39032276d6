package dev.waybill.node.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class LogRotationTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T15:04:05Z");

    @TempDir
    Path directory;

    private final LogRotation rotation = new LogRotation(100, 4);
    private Path log;
    private int written;

    @BeforeEach
    void begin() throws IOException {
        log = directory.resolve("0.log");
        Files.createFile(log);
    }

    /** Lines of 47 bytes, numbered. */
    private void write(int lines) {
        try {
            for (int i = 0; i < lines; i++, written++) {
                Files.writeString(
                        log,
                        "2026-01-02T15:04:%02d.000000000+00:00 stdout F l%d\n".formatted(written % 60, written),
                        StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void reopen() throws IOException {
        Files.createFile(log);
    }

    private boolean rotate(int second) throws IOException {
        return rotation.rotate(log, BEGIN.plusSeconds(second), this::reopen);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private String read(String... query) throws Exception {
        Map<String, String> parameters = new java.util.HashMap<>();
        for (int i = 0; i < query.length; i += 2) {
            parameters.put(query[i], query[i + 1]);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerLog.copy(log, LogOptions.parse(parameters, BEGIN.plusSeconds(60)), () -> false, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theOldestGoAndTheOlderAreCompressed() throws Exception {
        write(2);
        assertThat(rotate(0)).isFalse();
        for (int i = 0; i < 5; i++) {
            write(3);
            assertThat(rotate(i)).isTrue();
        }
        write(1);
        assertThat(names())
                .containsExactly(
                        "0.log", "0.log.20260102-150407.gz", "0.log.20260102-150408.gz", "0.log.20260102-150409");
        assertThat(read()).isEqualTo("l8\nl9\nl10\nl11\nl12\nl13\nl14\nl15\nl16\nl17\n");
    }

    @Test
    void theLastLinesMayLieInSeveralFiles() throws Exception {
        for (int i = 0; i < 3; i++) {
            write(3);
            rotate(i);
        }
        write(2);
        assertThat(read("tailLines", "1")).isEqualTo("l10\n");
        assertThat(read("tailLines", "2")).isEqualTo("l9\nl10\n");
        assertThat(read("tailLines", "4")).isEqualTo("l7\nl8\nl9\nl10\n");
        assertThat(read("tailLines", "7")).isEqualTo("l4\nl5\nl6\nl7\nl8\nl9\nl10\n");
        assertThat(read("tailLines", "99")).startsWith("l0\nl1\n").endsWith("l10\n");
        assertThat(read("sinceTime", "2026-01-02T15:04:05Z", "timestamps", "true"))
                .startsWith("2026-01-02T15:04:05.000000000+00:00 l5\n")
                .endsWith("l10\n");
        assertThat(read("limitBytes", "5")).isEqualTo("l0\nl1");
    }

    @Test
    void whoFollowsMissesNothing() throws Exception {
        write(3);
        AtomicInteger asked = new AtomicInteger();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerLog.copy(
                log,
                LogOptions.parse(Map.of("follow", "true", "tailLines", "1"), BEGIN),
                () -> {
                    try {
                        switch (asked.incrementAndGet()) {
                            case 2 -> {
                                write(1);
                                rotate(1);
                                write(3);
                                rotate(2);
                                write(1);
                            }
                            case 4 -> {
                                write(2);
                                rotate(3);
                                write(1);
                            }
                            default -> {}
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return asked.get() < 6;
                },
                out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("l2\nl3\nl4\nl5\nl6\nl7\nl8\nl9\nl10\n");
    }

    @Test
    void aCrashWhileCompressingLosesAndDoublesNothing() throws Exception {
        write(3);
        rotate(0);
        write(3);
        Path aside = directory.resolve("0.log.20260102-150405");
        Files.writeString(directory.resolve("0.log.20260102-150405.gz.tmp"), "half");
        assertThat(read()).isEqualTo("l0\nl1\nl2\nl3\nl4\nl5\n");
        byte[] text = Files.readAllBytes(aside);
        rotate(1);
        assertThat(names()).containsExactly("0.log", "0.log.20260102-150405.gz", "0.log.20260102-150406");
        // Between the compressed file's name and the other's removal.
        Files.write(aside, text);
        assertThat(read()).isEqualTo("l0\nl1\nl2\nl3\nl4\nl5\n");
        write(3);
        rotate(2);
        assertThat(aside).doesNotExist();
    }

    @Test
    void aWriterThatDoesNotReopenKeepsItsFile() throws Exception {
        write(3);
        assertThatThrownBy(() -> rotation.rotate(log, BEGIN, () -> {
                    throw new IOException("no reader");
                }))
                .hasMessage("no reader");
        assertThat(names()).containsExactly("0.log");
        assertThat(read()).isEqualTo("l0\nl1\nl2\n");
    }
}
