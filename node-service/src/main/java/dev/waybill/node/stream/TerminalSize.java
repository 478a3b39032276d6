package dev.waybill.node.stream;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Columns and rows of a terminal. Immutable. */
public record TerminalSize(int columns, int rows) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST = 0xffff;

    /** Reads {@code {"Width": 80, "Height": 24}}; empty when it is none. */
    public static Optional<TerminalSize> parse(byte[] json) {
        try {
            return of(JSON.readTree(json));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    public static Optional<TerminalSize> of(JsonNode node) {
        int columns = node.path("Width").asInt(0);
        int rows = node.path("Height").asInt(0);
        boolean sound = columns > 0 && rows > 0 && columns <= MOST && rows <= MOST;
        return sound ? Optional.of(new TerminalSize(columns, rows)) : Optional.empty();
    }
}
