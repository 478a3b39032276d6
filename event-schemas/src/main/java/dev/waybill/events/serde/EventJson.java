package dev.waybill.events.serde;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Events as plain JSON for people to read: unions without their branch, times in ISO 8601, carried objects unfolded. */
public final class EventJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private EventJson() {}

    /** The fields of an event; strings that hold a JSON object are shown as that object. */
    public static ObjectNode of(IndexedRecord event) {
        ObjectNode node = NODES.objectNode();
        for (Schema.Field field : event.getSchema().getFields()) {
            node.set(field.name(), value(event.get(field.pos())));
        }
        return node;
    }

    private static JsonNode value(@Nullable Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case Boolean flag -> NODES.booleanNode(flag);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Double number -> NODES.numberNode(number);
            case Instant time -> NODES.stringNode(time.toString());
            case IndexedRecord nested -> of(nested);
            case Collection<?> items ->
                NODES.arrayNode().addAll(items.stream().map(EventJson::value).toList());
            case Map<?, ?> entries -> {
                ObjectNode node = NODES.objectNode();
                entries.forEach((key, entry) -> node.set(key.toString(), value(entry)));
                yield node;
            }
            default -> text(value.toString());
        };
    }

    private static JsonNode text(String text) {
        if (text.startsWith("{") && text.endsWith("}")) {
            try {
                return JsonMapper.shared().readTree(text);
            } catch (JacksonException e) {
                return NODES.stringNode(text);
            }
        }
        return NODES.stringNode(text);
    }
}
