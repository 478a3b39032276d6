package dev.waybill.gateway.schema;

import com.google.gson.annotations.SerializedName;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The type of a field, as the published model classes declare it. Immutable. */
sealed interface FieldType {
    /** Anything. */
    record Any() implements FieldType {}

    /** A single value; {@code goName} is what error messages call it. */
    record Scalar(String goName, Kind kind) implements FieldType {
        /** Families of JSON values. */
        enum Kind {
            STRING,
            INTEGER,
            NUMBER,
            BOOLEAN,
            STRING_OR_NUMBER
        }

        boolean accepts(JsonNode value) {
            return switch (kind) {
                case STRING -> value.isString();
                case INTEGER -> value.isIntegralNumber();
                case NUMBER -> value.isNumber();
                case BOOLEAN -> value.isBoolean();
                case STRING_OR_NUMBER -> value.isString() || value.isNumber();
            };
        }
    }

    /** A list. */
    record ListOf(FieldType element) implements FieldType {}

    /** A map with string keys. */
    record MapOf(FieldType element) implements FieldType {}

    /**
     * An object with named fields; {@code fields} is filled lazily since types refer to themselves.
     *
     * @param model the class that declares it; null for structures of our own
     * @param others the type of fields without a name; null when there may be none
     */
    record Struct(
            String name,
            Map<String, FieldType> fields,
            @Nullable Class<?> model,
            @Nullable FieldType others) implements FieldType {
        Struct(String name, Map<String, FieldType> fields) {
            this(name, fields, null, null);
        }

        /** The type of a field; null when there is none. */
        @Nullable
        FieldType field(String field) {
            FieldType named = fields.get(field);
            return named == null ? others : named;
        }

        /** A name that no other structure has, since those of different versions share {@link #name}. */
        String uniqueName() {
            String declared = model == null ? name : model.getSimpleName();
            String version = declared.substring(0, Math.max(0, declared.length() - name.length()));
            return version.isEmpty() ? name : version.toLowerCase(Locale.ROOT) + "." + name;
        }
    }

    default String goName() {
        return switch (this) {
            case Any any -> "interface {}";
            case Scalar scalar -> scalar.goName;
            case ListOf list -> "[]" + list.element.goName();
            case MapOf map -> "map[string]" + map.element.goName();
            case Struct struct -> "v1." + struct.name;
        };
    }

    /** The type that a model class, or a field's generic type, stands for. */
    static FieldType of(Type type) {
        return Structs.of(type);
    }

    /** The structures read so far; class after class, since they refer to each other. */
    final class Structs {
        private static final Map<Class<?>, Struct> KNOWN = new ConcurrentHashMap<>();

        private Structs() {}

        private static FieldType of(Type type) {
            if (type instanceof ParameterizedType generic) {
                Type[] arguments = generic.getActualTypeArguments();
                return generic.getRawType() == Map.class ? new MapOf(of(arguments[1])) : new ListOf(of(arguments[0]));
            }
            if (!(type instanceof Class<?> simple)) {
                return new Any();
            }
            return switch (simple.getSimpleName()) {
                case "String", "OffsetDateTime", "byte[]" -> new Scalar("string", Scalar.Kind.STRING);
                case "Integer" -> new Scalar("int32", Scalar.Kind.INTEGER);
                case "Long" -> new Scalar("int64", Scalar.Kind.INTEGER);
                case "Double" -> new Scalar("float64", Scalar.Kind.NUMBER);
                case "Boolean" -> new Scalar("bool", Scalar.Kind.BOOLEAN);
                case "IntOrString", "Quantity" -> new Scalar(simple.getSimpleName(), Scalar.Kind.STRING_OR_NUMBER);
                case "V1MicroTime" -> new Scalar("string", Scalar.Kind.STRING);
                default -> simple.getName().startsWith(ModelClasses.PACKAGE) ? struct(simple) : new Any();
            };
        }

        private static Struct struct(Class<?> model) {
            Struct known = KNOWN.get(model);
            if (known != null) {
                return known;
            }
            Struct fresh = new Struct(
                    model.getSimpleName().replaceFirst("^[A-Za-z]*?V\\d+((alpha|beta)\\d+)?", ""),
                    new HashMap<>(),
                    model,
                    null);
            Struct raced = KNOWN.putIfAbsent(model, fresh);
            if (raced != null) {
                return raced;
            }
            for (Field field : model.getDeclaredFields()) {
                SerializedName name = field.getAnnotation(SerializedName.class);
                if (name != null) {
                    fresh.fields.put(name.value(), of(field.getGenericType()));
                }
            }
            return fresh;
        }
    }
}
