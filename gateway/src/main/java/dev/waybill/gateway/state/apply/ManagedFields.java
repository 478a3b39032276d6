package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The metadata.managedFields of one object. Immutable.
 *
 * @param entries one for each manager that owns something
 */
record ManagedFields(List<Entry> entries) {
    static final ManagedFields NONE = new ManagedFields(List.of());

    /** More than these become one, the oldest first (k8s.io/apimachinery/pkg/util/managedfields). */
    private static final int MAX_UPDATERS = 10;

    private static final String ANCIENT = "ancient-changes";

    /** @param time when its set of fields changed last */
    record Entry(FieldOwner manager, String time, FieldSet fields) {}

    FieldSet of(FieldOwner manager) {
        return entries.stream()
                .filter(entry -> entry.manager().is(manager))
                .map(Entry::fields)
                .reduce(FieldSet.NONE, FieldSet::union);
    }

    /** The version in which a manager speaks of its fields; empty when it owns none. */
    String versionOf(FieldOwner manager) {
        return entries.stream()
                .filter(entry -> entry.manager().is(manager))
                .map(entry -> entry.manager().apiVersion())
                .findFirst()
                .orElse("");
    }

    /** With other fields for each manager; managers without fields are forgotten. */
    ManagedFields map(Function<Entry, FieldSet> change) {
        List<Entry> next = new ArrayList<>();
        for (Entry entry : entries) {
            FieldSet fields = change.apply(entry);
            if (!fields.isEmpty()) {
                next.add(new Entry(entry.manager(), entry.time(), fields));
            }
        }
        return new ManagedFields(next);
    }

    /** With exactly these fields for a manager; the time moves only when they are others than before. */
    ManagedFields with(FieldOwner manager, FieldSet fields, String now) {
        List<Entry> next = new ArrayList<>();
        String time = now;
        for (Entry entry : entries) {
            if (entry.manager().is(manager)) {
                time = entry.fields().equals(fields) ? entry.time() : now;
            } else {
                next.add(entry);
            }
        }
        if (!fields.isEmpty()) {
            next.add(new Entry(manager, time, fields));
        }
        return new ManagedFields(next).bounded();
    }

    private ManagedFields bounded() {
        List<Entry> updaters = entries.stream()
                .filter(entry -> !entry.manager().apply())
                .sorted(Comparator.comparing(
                                (Entry entry) -> !entry.manager().name().equals(ANCIENT))
                        .thenComparing(Entry::time))
                .toList();
        int surplus = updaters.size() - MAX_UPDATERS;
        if (surplus <= 0) {
            return this;
        }
        List<Entry> oldest = updaters.subList(0, surplus + 1);
        List<Entry> kept = new ArrayList<>(entries);
        kept.removeAll(oldest);
        Entry newest = oldest.getLast();
        FieldSet all = oldest.stream().map(Entry::fields).reduce(FieldSet.NONE, FieldSet::union);
        kept.add(new Entry(new FieldOwner(ANCIENT, false, newest.manager().apiVersion(), ""), newest.time(), all));
        return new ManagedFields(kept);
    }

    /** @throws IllegalArgumentException when it is no list of managed fields */
    static ManagedFields parse(JsonNode list) {
        List<Entry> entries = new ArrayList<>();
        for (JsonNode entry : list) {
            String operation = Json.text(entry, "operation");
            if (!operation.equals("Apply") && !operation.equals("Update")) {
                throw new IllegalArgumentException("operation must be Apply or Update");
            }
            if (!Json.text(entry, "fieldsType").equals("FieldsV1")) {
                throw new IllegalArgumentException("fieldsType must be FieldsV1");
            }
            FieldOwner manager = new FieldOwner(
                    Json.text(entry, "manager"),
                    operation.equals("Apply"),
                    Json.text(entry, "apiVersion"),
                    Json.text(entry, "subresource"));
            FieldSet fields = entry.has("fieldsV1") ? FieldSet.parse(entry.path("fieldsV1")) : FieldSet.NONE;
            entries.add(new Entry(manager, Json.text(entry, "time"), fields));
        }
        return new ManagedFields(entries);
    }

    ArrayNode toJson() {
        ArrayNode list = Json.array();
        entries.stream()
                .sorted(Comparator.comparing((Entry entry) -> !entry.manager().apply())
                        .thenComparing(Entry::time)
                        .thenComparing(entry -> entry.manager().name())
                        .thenComparing(entry -> entry.manager().subresource()))
                .forEach(entry -> {
                    ObjectNode node = list.addObject();
                    node.put("manager", entry.manager().name());
                    node.put("operation", entry.manager().apply() ? "Apply" : "Update");
                    node.put("apiVersion", entry.manager().apiVersion());
                    if (!entry.time().isEmpty()) {
                        node.put("time", entry.time());
                    }
                    node.put("fieldsType", "FieldsV1");
                    node.set("fieldsV1", entry.fields().toJson());
                    if (!entry.manager().subresource().isEmpty()) {
                        node.put("subresource", entry.manager().subresource());
                    }
                });
        return list;
    }
}
