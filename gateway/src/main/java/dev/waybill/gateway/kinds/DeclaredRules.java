package dev.waybill.gateway.kinds;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The rules of one kind, put together from defaults and checks of single fields. Immutable once it is used. */
final class DeclaredRules implements KindRules {
    private final List<Consumer<ObjectNode>> defaults = new ArrayList<>();
    private final List<Consumer<ObjectNode>> onCreate = new ArrayList<>();
    private final List<Check> checks = new ArrayList<>();
    private final List<String> selectable = new ArrayList<>();
    private Set<String> metadataWithStatus = KindRules.super.metadataWithStatus();

    /** One thing that must hold of an object. */
    @FunctionalInterface
    interface Check {
        void check(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors);
    }

    static DeclaredRules rules() {
        return new DeclaredRules();
    }

    /** Defaults that depend on more than one field. */
    DeclaredRules filled(Consumer<ObjectNode> step) {
        defaults.add(step);
        return this;
    }

    DeclaredRules text(String path, String value) {
        return filled(
                object -> Paths.each(object, path, (holder, field, at) -> Json.defaultText(holder, field, value)));
    }

    DeclaredRules number(String path, int value) {
        return filled(
                object -> Paths.each(object, path, (holder, field, at) -> Json.defaultNumber(holder, field, value)));
    }

    DeclaredRules flag(String path, boolean value) {
        return filled(
                object -> Paths.each(object, path, (holder, field, at) -> Json.defaultFlag(holder, field, value)));
    }

    /** What a new object's status begins with. */
    DeclaredRules status(String json) {
        return created(object -> object.set("status", Json.parse(json)));
    }

    DeclaredRules created(Consumer<ObjectNode> step) {
        onCreate.add(step);
        return this;
    }

    DeclaredRules check(Check check) {
        checks.add(check);
        return this;
    }

    DeclaredRules required(String... paths) {
        for (String path : paths) {
            checks.add((object, old, errors) -> Paths.each(object, path, (holder, field, at) -> {
                JsonNode value = holder.path(field);
                boolean empty = value.isContainer() && value.isEmpty();
                boolean blank = value.isString() && value.stringValue().isEmpty();
                if (value.isMissingNode() || value.isNull() || empty || blank) {
                    errors.add(FieldError.required(at, ""));
                }
            }));
        }
        return this;
    }

    /** The field, where it is set, must have one of these values. */
    DeclaredRules oneOf(String path, String... values) {
        return check((object, old, errors) -> Paths.each(object, path, (holder, field, at) -> {
            if (!Json.absent(holder, field)) {
                Syntax.oneOf(holder, field, at, List.of(values), errors);
            }
        }));
    }

    DeclaredRules nonNegative(String... paths) {
        for (String path : paths) {
            checks.add((object, old, errors) ->
                    Paths.each(object, path, (holder, field, at) -> Syntax.nonNegative(holder, field, at, errors)));
        }
        return this;
    }

    DeclaredRules positive(String path) {
        return check((object, old, errors) -> Paths.each(object, path, (holder, field, at) -> {
            JsonNode value = holder.path(field);
            if (value.isNumber() && value.asLong(0) <= 0) {
                errors.add(FieldError.invalid(at, value.toString(), "must be greater than 0"));
            }
        }));
    }

    /** A number of a port, or the name of one where {@code named}. */
    DeclaredRules port(String path, boolean named) {
        return check((object, old, errors) -> Paths.each(object, path, (holder, field, at) -> {
            JsonNode value = holder.path(field);
            if (value.isNumber() && (value.asLong(0) < 1 || value.asLong(0) > 65535)) {
                errors.add(FieldError.invalid(at, value.toString(), "must be between 1 and 65535, inclusive"));
            } else if (!value.isNumber() && !named) {
                errors.add(FieldError.required(at, ""));
            }
        }));
    }

    DeclaredRules immutable(String... paths) {
        for (String path : paths) {
            checks.add((object, old, errors) -> {
                if (old != null) {
                    Syntax.immutable(Paths.at(object, path), Paths.at(old, path), path, errors);
                }
            });
        }
        return this;
    }

    /** Writes of the status subresource change nothing else, labels and annotations neither. */
    DeclaredRules statusAlone() {
        metadataWithStatus = Set.of();
        return this;
    }

    DeclaredRules selectable(String... paths) {
        selectable.addAll(List.of(paths));
        return this;
    }

    @Override
    public void defaults(ObjectNode object) {
        defaults.forEach(step -> step.accept(object));
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        onCreate.forEach(step -> step.accept(object));
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        checks.forEach(check -> check.check(object, old, errors));
    }

    @Override
    public Set<String> metadataWithStatus() {
        return metadataWithStatus;
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        Map<String, String> fields = new LinkedHashMap<>();
        selectable.forEach(path -> fields.put(path, Paths.at(object, path).asString("")));
        return fields;
    }
}
