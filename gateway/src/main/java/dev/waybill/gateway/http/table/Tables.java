package dev.waybill.gateway.http.table;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.StoredObject;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Tables as kubectl prints them: the columns of a kind, and a row for each object. Immutable. */
public final class Tables {
    private final List<Column> columns;
    private final Instant now;
    private final Function<StoredObject, @Nullable JsonNode> carried;

    /** @param carried what each row carries of its object: all, its metadata, or nothing */
    public Tables(Kind kind, Instant now, Function<StoredObject, @Nullable JsonNode> carried) {
        this.columns = Columns.of(kind);
        this.now = now;
        this.carried = carried;
    }

    /**
     * The table without its rows.
     *
     * @param apiVersion of the table itself
     */
    public ObjectNode head(String apiVersion, ObjectNode metadata) {
        ObjectNode table = JsonMapper.shared().createObjectNode();
        table.put("kind", "Table");
        table.put("apiVersion", apiVersion);
        table.set("metadata", metadata);
        ArrayNode definitions = table.putArray("columnDefinitions");
        for (Column column : columns) {
            ObjectNode definition = definitions.addObject();
            definition.put("name", column.name());
            definition.put("type", column.type());
            definition.put("format", column.format());
            definition.put("description", "");
            definition.put("priority", column.priority());
        }
        return table;
    }

    public ObjectNode row(StoredObject object) {
        ObjectNode row = JsonMapper.shared().createObjectNode();
        ArrayNode cells = row.putArray("cells");
        columns.forEach(column -> cells.add(column.cell().of(object.json(), now)));
        JsonNode more = carried.apply(object);
        if (more != null) {
            row.set("object", more);
        }
        return row;
    }
}
