package dev.waybill.gateway.kinds.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.types.StructTypeReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A structural schema as CEL's type checker sees it: an object with properties is a type with fields. One thread. */
final class SchemaTypes {
    private static final String PREFIX = "schema";

    private final Map<String, CelType> structs = new HashMap<>();

    /** The type of a value with this schema; what the schema leaves open is dynamic. */
    CelType of(JsonNode schema, boolean root) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)
                || (!root && schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(false))) {
            return SimpleType.DYN;
        }
        return switch (schema.path("type").asString("")) {
            case "integer" -> SimpleType.INT;
            case "number" -> SimpleType.DOUBLE;
            case "boolean" -> SimpleType.BOOL;
            case "string" -> text(schema);
            case "array" -> ListType.create(of(schema.path("items"), false));
            case "object" -> object(schema, root);
            default -> SimpleType.DYN;
        };
    }

    private static CelType text(JsonNode schema) {
        return switch (schema.path("format").asString("")) {
            case "date-time" -> SimpleType.TIMESTAMP;
            case "duration" -> SimpleType.DURATION;
            default -> SimpleType.STRING;
        };
    }

    private CelType object(JsonNode schema, boolean root) {
        JsonNode values = schema.path("additionalProperties");
        if (values.isObject()) {
            return MapType.create(SimpleType.STRING, of(values, false));
        }
        boolean whole = root || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
        if (!whole && schema.path("properties").isEmpty()) {
            return values.asBoolean(false) ? SimpleType.DYN : struct(Map.of());
        }
        Map<String, CelType> fields = new HashMap<>();
        schema.path("properties")
                .properties()
                .forEach(property -> PropertyNames.identifier(property.getKey())
                        .ifPresent(name -> fields.put(name, of(property.getValue(), false))));
        if (whole) {
            fields.put("apiVersion", SimpleType.STRING);
            fields.put("kind", SimpleType.STRING);
            fields.put("metadata", struct(Map.of("name", SimpleType.STRING, "generateName", SimpleType.STRING)));
        }
        return struct(fields);
    }

    private CelType struct(Map<String, CelType> fields) {
        String name = PREFIX + structs.size();
        ImmutableMap<String, CelType> known = ImmutableMap.copyOf(fields);
        structs.put(name, StructType.create(name, known.keySet(), field -> Optional.ofNullable(known.get(field))));
        return StructTypeReference.create(name);
    }

    /** Every type that was made of a schema so far. */
    CelTypeProvider provider() {
        return new Known(ImmutableMap.copyOf(structs));
    }

    private record Known(ImmutableMap<String, CelType> structs) implements CelTypeProvider {
        @Override
        public ImmutableCollection<CelType> types() {
            return structs.values();
        }

        @Override
        public Optional<CelType> findType(String name) {
            return Optional.ofNullable(structs.get(name));
        }
    }
}
