package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Examiner;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What rules are to be held against: an object as it is to be and as it was, without what the writer alone says of it,
 * which rules do not see. Whatever is equal has the same findings. Immutable.
 *
 * @param object as text
 * @param old as text; null when there is none
 */
public record Examination(
        Examiner rules, String object, @Nullable String old) {

    public static Examination of(Examiner rules, JsonNode object, @Nullable JsonNode old) {
        return new Examination(rules, text(object), old == null ? null : text(old));
    }

    /** Holds the rules against the object; that takes its time. */
    public Verdict verdict() {
        return new Verdict(this, rules.examine(Json.parse(object), old == null ? null : Json.parse(old)));
    }

    /** The characters of it. */
    public int length() {
        return object.length() + (old == null ? 0 : old.length());
    }

    private static String text(JsonNode object) {
        if (object.path("metadata") instanceof ObjectNode metadata) {
            ObjectNode shown = Json.object();
            shown.setAll((ObjectNode) object);
            shown.set("metadata", metadata.deepCopy().remove(ObjectRequests.OWN_METADATA));
            return Json.write(shown);
        }
        return Json.write(object);
    }

    /** What came of it. Immutable. */
    public record Verdict(Examination examination, List<FieldError> findings) {

        /** The name of the object. */
        String name() {
            return Json.text(Json.parse(examination.object()), "metadata", "name");
        }
    }
}
