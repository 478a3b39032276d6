package dev.waybill.gateway.schema;

import com.google.gson.annotations.SerializedName;
import io.swagger.annotations.ApiModel;
import io.swagger.annotations.ApiModelProperty;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the published model classes say of their fields, for whoever asks {@code kubectl explain}. Read anew at each use:
 * few ask, and the texts of all kinds are megabytes. Stateless.
 */
final class FieldNotes {
    private FieldNotes() {}

    /** What a field is for, and whether an object must have it. */
    record Note(String description, boolean required) {}

    /** The notes of a structure's fields by their JSON names; none for structures of our own. */
    static Map<String, Note> of(@Nullable Class<?> model) {
        Map<String, Note> notes = new HashMap<>();
        if (model == null) {
            return notes;
        }
        Map<String, Method> getters = new HashMap<>();
        for (Method method : model.getMethods()) {
            getters.put(method.getName().toLowerCase(Locale.ROOT), method);
        }
        for (Field field : model.getDeclaredFields()) {
            SerializedName name = field.getAnnotation(SerializedName.class);
            String getter = "get" + field.getName().replace("_", "").toLowerCase(Locale.ROOT);
            Method method = getters.get(getter);
            ApiModelProperty note = method == null ? null : method.getAnnotation(ApiModelProperty.class);
            if (name != null && note != null) {
                notes.put(name.value(), new Note(note.value(), note.required()));
            }
        }
        return notes;
    }

    /** What a structure is for; empty when nobody said. */
    static String describe(@Nullable Class<?> model) {
        ApiModel note = model == null ? null : model.getAnnotation(ApiModel.class);
        return note == null ? "" : note.description();
    }
}
