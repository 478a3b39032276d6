package dev.waybill.node.stream.spdy;

import dev.waybill.node.stream.TerminalSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** Terminal sizes as JSON objects one after another. Stateless. */
final class TerminalSizes {
    private static final JsonMapper JSON = new JsonMapper();

    private TerminalSizes() {}

    static void read(InputStream from, Consumer<TerminalSize> listener) {
        try (from;
                MappingIterator<JsonNode> sizes = JSON.readerFor(JsonNode.class).readValues(from)) {
            while (sizes.hasNext()) {
                TerminalSize.of(sizes.next()).ifPresent(listener);
            }
        } catch (IOException | JacksonException e) {
            // What cannot be read changes no terminal.
        }
    }
}
