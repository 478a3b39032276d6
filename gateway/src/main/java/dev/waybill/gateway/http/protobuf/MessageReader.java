package dev.waybill.gateway.http.protobuf;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.waybill.gateway.kinds.Json;
import java.io.IOException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a message straight into the tree that Kubernetes' JSON of it would be, without an object per message in
 * between. Fields that the descriptor does not know are passed over. Stateless.
 */
final class MessageReader {
    private static final int MAX_DEPTH = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private MessageReader() {}

    static ObjectNode read(Descriptor type, CodedInputStream in) throws IOException {
        return message(type, in, 0);
    }

    private static ObjectNode message(Descriptor type, CodedInputStream in, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new InvalidProtocolBufferException("the body is nested more than " + MAX_DEPTH + " levels deep");
        }
        ObjectNode object = Json.object();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            if (field == null
                    || WireFormat.getTagWireType(tag) != field.getLiteType().getWireType()) {
                in.skipField(tag);
                continue;
            }
            field(field, in, depth, object);
        }
        return object;
    }

    private static void field(FieldDescriptor field, CodedInputStream in, int depth, ObjectNode object)
            throws IOException {
        String name = field.getName();
        if (field.isMapField()) {
            entry(field.getMessageType(), in, depth, Json.child(object, name));
            return;
        }
        JsonNode value = value(field, in, depth);
        if (field.isRepeated()) {
            Json.childArray(object, name).add(value == null ? NODES.nullNode() : value);
        } else if (value instanceof ObjectNode embedded && Messages.embedded(name)) {
            object.setAll(embedded);
        } else if (value != null
                && (field.getType() == FieldDescriptor.Type.MESSAGE || Messages.keepsZero(name) || !empty(value))) {
            object.set(name, value);
        }
    }

    private static void entry(Descriptor type, CodedInputStream in, int depth, ObjectNode map) throws IOException {
        int limit = in.pushLimit(in.readRawVarint32());
        String key = "";
        @Nullable JsonNode value = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> key = in.readString();
                case 2 -> value = value(type.findFieldByNumber(2), in, depth);
                default -> in.skipField(tag);
            }
        }
        in.popLimit(limit);
        map.set(key, value == null ? NODES.stringNode("") : value);
    }

    /** Null for a value that says nothing, such as a time that is not set. */
    private static @Nullable JsonNode value(FieldDescriptor field, CodedInputStream in, int depth) throws IOException {
        return switch (field.getType()) {
            case STRING -> NODES.stringNode(in.readString());
            case BYTES -> NODES.stringNode(Base64.getEncoder().encodeToString(in.readByteArray()));
            case BOOL -> NODES.booleanNode(in.readBool());
            case INT32 -> Json.number(in.readInt32());
            case INT64 -> Json.number(in.readInt64());
            case DOUBLE -> NODES.numberNode(in.readDouble());
            case MESSAGE -> {
                int limit = in.pushLimit(in.readRawVarint32());
                ObjectNode message = message(field.getMessageType(), in, depth + 1);
                in.popLimit(limit);
                yield WellKnown.json(field.getMessageType(), message);
            }
            default -> throw new InvalidProtocolBufferException("field " + field.getFullName() + " has another type");
        };
    }

    private static boolean empty(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> value.stringValue().isEmpty();
            case BOOLEAN -> !value.booleanValue();
            case NUMBER -> value.doubleValue() == 0;
            default -> false;
        };
    }
}
