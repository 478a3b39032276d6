package dev.waybill.events.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.serde.EventSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docs/asyncapi.yaml is generated from the catalogue: {@code WAYBILL_FREEZE=true} in the environment writes it. */
class AsyncApiDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/asyncapi.yaml");

    @Test
    void theDocumentSaysWhatTheCatalogueSays() throws IOException {
        String text = text();
        if (Boolean.parseBoolean(System.getenv("WAYBILL_FREEZE"))) {
            Files.writeString(DOCUMENT, text);
        }
        assertThat(DOCUMENT).content().isEqualTo(text);
    }

    @Test
    @DisabledIfEnvironmentVariable(
            named = "WAYBILL_FREEZE",
            matches = "true",
            disabledReason = "the schemas may be frozen after this")
    void everyReferenceResolves() throws IOException {
        Map<String, Object> document = parsed();
        List<String> references = new ArrayList<>();
        collect(document, references);
        Set<String> schemas = new HashSet<>();
        for (String reference : references) {
            if (reference.startsWith("#/")) {
                assertThat(pointedAt(document, reference)).as(reference).isInstanceOf(Map.class);
            } else {
                Path file = DOCUMENT.resolveSibling(reference);
                assertThat(file).isRegularFile();
                Schema schema = new Schema.Parser().parse(file.toFile());
                assertThat(EventSchemas.byName(schema.getFullName()))
                        .as(reference)
                        .isEqualTo(schema);
                schemas.add(schema.getFullName());
            }
        }
        assertThat(schemas).isEqualTo(EventSchemas.all().keySet());
    }

    @Test
    void systemsOutsideAskOnTheirOwnTopicAndReadAnswersAndWhatDashboardsShow() {
        Map<String, Object> document = parsed();
        List<String> operations = new ArrayList<>();
        for (Object operation : at(document, "#/operations").values()) {
            Map<?, ?> fields = (Map<?, ?>) operation;
            Map<?, ?> channel = (Map<?, ?>) fields.get("channel");
            Object address = at(document, (String) channel.get("$ref")).get("address");
            operations.add(fields.get("action") + " " + address);
        }
        assertThat(operations)
                .containsExactlyInAnyOrder(
                        "send waybill.requests.{publisher}",
                        "receive waybill.outcomes",
                        "receive waybill.resources",
                        "receive waybill.containers",
                        "receive waybill.usage-reports");
        assertThat(at(document, "#/channels/publisher-requests/parameters").keySet())
                .isEqualTo(Set.of("publisher"));
    }

    private static String text() {
        DumperOptions style = new DumperOptions();
        style.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        style.setWidth(110);
        style.setIndicatorIndent(2);
        style.setIndentWithIndicator(true);
        // Aliases would be right, and hard to read.
        style.setDereferenceAliases(true);
        return new Yaml(style).dump(AsyncApiDocument.tree());
    }

    private static Map<String, Object> parsed() {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(text());
    }

    private static void collect(Object node, List<String> references) {
        switch (node) {
            case Map<?, ?> map ->
                map.forEach((key, value) -> {
                    if (key.equals("$ref")) {
                        references.add((String) value);
                    } else {
                        collect(value, references);
                    }
                });
            case List<?> list -> list.forEach(element -> collect(element, references));
            default -> {}
        }
    }

    private static Map<?, ?> at(Map<String, Object> document, String pointer) {
        return (Map<?, ?>) Objects.requireNonNull(pointedAt(document, pointer), pointer);
    }

    private static @Nullable Object pointedAt(Map<String, Object> document, String pointer) {
        Object node = document;
        for (String step : pointer.substring(2).split("/", -1)) {
            node = node instanceof Map<?, ?> map ? map.get(step) : null;
        }
        return node;
    }
}
