package dev.waybill.node.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ContainerLogTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("0.log"), """
                2026-01-01T00:00:01.5+00:00 stdout F one
                2026-01-01T00:00:02.5+00:00 stderr F two
                2026-01-01T00:00:03.5+00:00 stdout P thr
                2026-01-01T00:00:03.6+00:00 stdout F ee
                2026-01-01T00:00:04.5+00:00 stdout F\s
                """);
    }

    private String read(String... query) throws Exception {
        Map<String, String> parameters = new java.util.HashMap<>();
        for (int i = 0; i < query.length; i += 2) {
            parameters.put(query[i], query[i + 1]);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerLog.copy(file, LogOptions.parse(parameters, NOW), () -> false, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void partsOfALineAreOneLine() throws Exception {
        assertThat(read()).isEqualTo("one\ntwo\nthree\n\n");
    }

    @Test
    void tailSinceLimitAndTimestamps() throws Exception {
        assertThat(read("tailLines", "1")).isEqualTo("\n");
        assertThat(read("tailLines", "3")).isEqualTo("three\n\n");
        assertThat(read("tailLines", "0")).isEmpty();
        assertThat(read("tailLines", "99")).startsWith("one\n");
        assertThat(read("sinceTime", "2026-01-01T00:00:02Z")).isEqualTo("two\nthree\n\n");
        assertThat(read("sinceSeconds", "57")).isEqualTo("three\n\n");
        assertThat(read("limitBytes", "6")).isEqualTo("one\ntw");
        assertThat(read("timestamps", "true", "tailLines", "4"))
                .startsWith("2026-01-01T00:00:02.5+00:00 two\n2026-01-01T00:00:03.5+00:00 three\n");
    }

    @Test
    void followGoesOnUntilTheContainerEnded() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerLog.copy(
                file,
                LogOptions.parse(Map.of("follow", "true", "tailLines", "0"), NOW),
                () -> {
                    if (asked.get() < 3) {
                        append("2026-01-01T00:00:09+00:00 stdout F more " + asked.get() + "\n");
                    }
                    return asked.incrementAndGet() < 3;
                },
                out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("more 0\nmore 1\nmore 2\n");
    }

    @Test
    void followGoesOnInALogThatWasBegunAnew() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerLog.copy(
                file,
                LogOptions.parse(Map.of("follow", "true", "tailLines", "1"), NOW),
                () -> {
                    if (asked.incrementAndGet() == 2) {
                        replace("2026-01-01T00:00:09+00:00 stdout F anew\n");
                    }
                    return asked.get() < 4;
                },
                out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("\nanew\n");
    }

    private void replace(String text) {
        try {
            Path fresh = Files.writeString(directory.resolve("fresh"), text);
            Files.move(fresh, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void append(String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.APPEND);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aLineLongerThanTheBufferComesWhole() throws Exception {
        String text = "x".repeat(200_000);
        Files.writeString(file, "2026-01-01T00:00:01+00:00 stdout F " + text + "\n");
        assertThat(read()).isEqualTo(text + "\n");
        assertThat(read("tailLines", "1")).isEqualTo(text + "\n");
    }

    @Test
    void wrongParametersAreNamed() {
        assertThatThrownBy(() -> read("tailLines", "-1")).hasMessageContaining("tailLines");
        assertThatThrownBy(() -> read("sinceSeconds", "0")).hasMessageContaining("sinceSeconds");
        assertThatThrownBy(() -> read("sinceTime", "yesterday")).hasMessageContaining("sinceTime");
        assertThatThrownBy(() -> read("limitBytes", "many")).hasMessageContaining("limitBytes");
    }

    @Test
    void theEndOfALogAsATerminationMessage() throws Exception {
        Path file = Files.createTempFile("waybill-log-", "");
        try {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                lines.append("2026-01-01T00:00:00.000000000+00:00 stderr F line ")
                        .append(i)
                        .append('\n');
            }
            Files.writeString(file, lines);
            assertThat(LogTailText.of(file)).startsWith("line 120\n").endsWith("line 199\n");
            Files.writeString(file, "2026-01-01T00:00:00.000000000+00:00 stdout F " + "x".repeat(5_000) + "\n");
            assertThat(LogTailText.of(file)).hasSize(2_048);
            assertThat(LogTailText.of(file.resolveSibling("none"))).isEmpty();
        } finally {
            Files.delete(file);
        }
    }
}
