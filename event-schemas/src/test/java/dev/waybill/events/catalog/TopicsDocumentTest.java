package dev.waybill.events.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/topics.md is generated from the catalogue: {@code WAYBILL_FREEZE=true} in the environment writes it. */
class TopicsDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/topics.md");

    @Test
    void theDocumentSaysWhatTheCatalogueSays() throws IOException {
        StringBuilder text = new StringBuilder(
                "# Topics\n\nGenerated from `Topics`. Values are Avro in the Confluent wire"
                        + " format; headers are CloudEvents (binary mode) and `traceparent`.\nDead letters: `error.<topic>.<group>`,"
                        + " 30 days, the original bytes with the cause in `waybill_cause`.\n\n"
                        + "| topic | key | records | partitions | cleanup | producers | consumers |\n|---|---|---|---|---|---|---|\n");
        for (Topic topic : Topics.all()) {
            text.append("| `")
                    .append(topic.name())
                    .append("` | ")
                    .append(topic.key())
                    .append(" | ");
            text.append(topic.records().stream().map(Class::getSimpleName).collect(Collectors.joining(", ")));
            text.append(" | ").append(topic.partitions()).append(" | ");
            text.append(
                    topic.retention() == null
                            ? "compact"
                            : "delete, " + topic.retention().toHours() + " h");
            text.append(" | ")
                    .append(topic.producers())
                    .append(" | ")
                    .append(topic.consumers())
                    .append(" |\n");
        }
        text.append("""

                ## Bindings

                | service | function | topic |
                |---|---|---|
                | gateway | `recordEvents` | `waybill.containers`, `waybill.images`, `waybill.scheduling`, `waybill.quota` |
                | gateway | `noteUsage` | `waybill.usage` |
                | scheduler-service | `onHeartbeat` | `waybill.node-heartbeats` |
                | scheduler-service | `onSchedulingEvent` | `waybill.scheduling` |
                | scheduler-service | `onOutcome` | `waybill.outcomes` |
                | quota-service | `meterUsage` | `waybill.usage` |
                | image-service | `pullImage` | `waybill.images` |
                | node-service | `onImageEvent` | `waybill.images` |
                """);
        if (Boolean.parseBoolean(System.getenv("WAYBILL_FREEZE"))) {
            Files.writeString(DOCUMENT, text);
        }
        assertThat(DOCUMENT).content().isEqualTo(text.toString());
    }
}
