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

/** Tables of the meta.k8s.io API. Pure. */
public final class Tables {
    private Tables() {}

    /**
     * The table of some objects of a kind.
     *
     * @param row what each row carries of its object: all, its metadata, or nothing
     */
    public static ObjectNode of(
            Kind kind, List<StoredObject> objects, Instant now, Function<StoredObject, @Nullable JsonNode> row) {
        List<Column> columns = Columns.of(kind);
        ObjectNode table = JsonMapper.shared().createObjectNode();
        table.put("kind", "Table");
        table.put("apiVersion", "meta.k8s.io/v1");
        table.putObject("metadata");
        ArrayNode definitions = table.putArray("columnDefinitions");
        for (Column column : columns) {
            ObjectNode definition = definitions.addObject();
            definition.put("name", column.name());
            definition.put("type", column.type());
            definition.put("format", column.format());
            definition.put("description", "");
            definition.put("priority", column.priority());
        }
        ArrayNode rows = table.putArray("rows");
        for (StoredObject object : objects) {
            ObjectNode entry = rows.addObject();
            ArrayNode cells = entry.putArray("cells");
            columns.forEach(column -> cells.add(column.cell().of(object.json(), now)));
            JsonNode carried = row.apply(object);
            if (carried != null) {
                entry.set("object", carried);
            }
        }
        return table;
    }
}
