package dev.waybill.node.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamBufferTest {
    private final StreamBuffer buffer = new StreamBuffer();

    @Test
    void whatIsPutComesOutInItsOrder() throws Exception {
        byte[] bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        Thread writer = Thread.ofVirtual().start(() -> {
            Random random = new Random(2);
            try {
                for (int at = 0; at < bytes.length; ) {
                    int length = Math.min(bytes.length - at, random.nextInt(50_000));
                    buffer.put(java.util.Arrays.copyOfRange(bytes, at, at + length));
                    at += length;
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            buffer.end();
        });
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        buffer.transferTo(read);
        writer.join();
        assertThat(read.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void aWriterWaitsForAReaderAndGoesOnWhenThatIsGone() throws Exception {
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 1_000; i++) {
                    buffer.put(new byte[1 << 10]);
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(writer.join(Duration.ofMillis(300)))
                .as("it ended, with nobody reading")
                .isFalse();
        buffer.close();
        assertThat(writer.join(Duration.ofSeconds(10))).isTrue();
        assertThat(buffer.read()).isEqualTo(-1);
    }

    @Test
    void readingNothingDoesNotWait() throws Exception {
        assertThat(buffer.read(new byte[10], 0, 0)).isZero();
    }
}
