package dev.waybill.gateway.kinds.structural;

import dev.waybill.gateway.kinds.MergeShape;
import dev.waybill.gateway.kinds.StandardShape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The shape of a field with a structural schema: what its x-kubernetes extensions say. Immutable. */
public record StructuralShape(JsonNode schema, boolean root) implements MergeShape {

    @Override
    public boolean atomic() {
        return schema.path("x-kubernetes-map-type").asString("").equals("atomic");
    }

    @Override
    public ListType listType() {
        return switch (schema.path("x-kubernetes-list-type").asString("")) {
            case "set" -> ListType.SET;
            case "map" -> ListType.MAP;
            default -> ListType.ATOMIC;
        };
    }

    @Override
    public List<String> keys() {
        return schema.path("x-kubernetes-list-map-keys")
                .valueStream()
                .map(key -> key.asString(""))
                .sorted()
                .toList();
    }

    @Override
    public @Nullable JsonNode keyDefault(String key) {
        return schema.path("items").path("properties").path(key).get("default");
    }

    @Override
    public MergeShape field(String name) {
        if (root && name.equals("metadata")) {
            return StandardShape.ROOT.field(name);
        }
        JsonNode holder = schema.has("items") ? schema.path("items") : schema;
        JsonNode inner = SchemaFields.of(holder, name);
        return new StructuralShape(
                inner == null ? tools.jackson.databind.node.MissingNode.getInstance() : inner, false);
    }
}
