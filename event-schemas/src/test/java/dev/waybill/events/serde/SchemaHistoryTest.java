package dev.waybill.events.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaFormatter;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** No schema changes without a new frozen version, and every version can read every other. */
class SchemaHistoryTest {
    private static final Path HISTORY = Path.of("src/main/resources/schema-history");

    /** Run with {@code WAYBILL_FREEZE=true} in the environment to freeze what changed, then look at the difference and commit it. */
    @Test
    void freezeWhenAsked() throws IOException {
        for (Schema current : EventSchemas.all().values()) {
            List<Schema> versions = SchemaHistory.versions(current.getName());
            if (Boolean.parseBoolean(System.getenv("WAYBILL_FREEZE")) && !versions.contains(current)) {
                Path file = HISTORY.resolve(current.getName()).resolve(versions.size() + 1 + ".avsc");
                Files.createDirectories(file.getParent());
                Files.writeString(file, SchemaFormatter.format("json/pretty", current) + "\n");
            }
        }
        assertThat(EventSchemas.all()).isNotEmpty();
    }

    @TestFactory
    List<DynamicTest> everySchemaIsFrozen() {
        return EventSchemas.all().values().stream()
                .map(current -> DynamicTest.dynamicTest(current.getName(), () -> {
                    List<Schema> versions = SchemaHistory.versions(current.getName());
                    assertThat(versions)
                            .as("%s changed: freeze it as version %d", current.getName(), versions.size() + 1)
                            .isNotEmpty();
                    assertThat(versions.getLast())
                            .as("%s changed: freeze it as version %d", current.getName(), versions.size() + 1)
                            .isEqualTo(current);
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> everyVersionReadsEveryOther() {
        return EventSchemas.all().values().stream()
                .map(current -> DynamicTest.dynamicTest(current.getName(), () -> {
                    for (Schema frozen : SchemaHistory.versions(current.getName())) {
                        assertReads(current, frozen);
                        assertReads(frozen, current);
                    }
                }))
                .toList();
    }

    private static void assertReads(Schema reader, Schema writer) {
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                        .getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }
}
