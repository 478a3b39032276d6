package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PackedTextTest {
    @Test
    void anyTextComesBackAsItWas() {
        for (String text :
                new String[] {"", "x", "{\"message\":\"gr\u00fc\u00dfe \uD83D\uDE80 \u4e16\"}", "a".repeat(900_000)}) {
            assertThat(PackedText.of(text).text()).isEqualTo(text);
            assertThat(PackedText.of(text).length()).isEqualTo(text.length());
        }
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            random.ints(random.nextInt(5_000), 1, 0xd7ff).forEach(text::appendCodePoint);
            assertThat(PackedText.of(text.toString()).text()).isEqualTo(text.toString());
        }
    }

    @Test
    void anEventTakesAQuarter() {
        WriterBench writer = new WriterBench();
        writer.create("""
                {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "web-1.18a2", "namespace": "default"},
                 "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "default", "name": "web-1",
                  "uid": "0f8c1d52-5d3c-4b0a-9d0e-6f2f0c8f7a11", "resourceVersion": "1812"},
                 "reason": "Scheduled", "message": "Successfully assigned default/web-1 to node-7",
                 "source": {"component": "default-scheduler"}, "type": "Normal", "count": 1,
                 "firstTimestamp": "2026-03-01T12:00:00Z", "lastTimestamp": "2026-03-01T12:00:00Z",
                 "reportingComponent": "default-scheduler"}""");
        StoredObject event = writer.get("events", "default", "web-1.18a2");
        assertThat(event.raw()).contains("managedFields", "Successfully assigned");
        assertThat(event.copy().path("reason").asString()).isEqualTo("Scheduled");
        assertThat(PackedText.of(event.raw()).packedLength()).isLessThan(event.length() / 4);
    }
}
