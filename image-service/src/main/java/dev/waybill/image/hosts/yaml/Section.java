package dev.waybill.image.hosts.yaml;

import dev.waybill.image.hosts.InvalidHostsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A mapping of the file, which knows where it stands so that what is wrong with it can be found. Immutable. */
final class Section {

    private final String place;
    private final Map<?, ?> values;

    Section(String place, @Nullable Object node) {
        this.place = place;
        if (node != null && !(node instanceof Map<?, ?>)) {
            throw new InvalidHostsException(place + ": must be a mapping");
        }
        this.values = node == null ? Map.of() : (Map<?, ?>) node;
    }

    String place(String field) {
        return field.isEmpty() ? place : place + "." + field;
    }

    void only(String... known) {
        for (Object key : values.keySet()) {
            if (!Set.of(known).contains(String.valueOf(key))) {
                throw new InvalidHostsException(
                        place(String.valueOf(key)) + ": is none of " + String.join(", ", known));
            }
        }
    }

    Section section(String field) {
        return new Section(place(field), values.get(field));
    }

    Map<String, Section> sections(String field) {
        Map<String, Section> sections = new LinkedHashMap<>();
        section(field)
                .values
                .forEach((key, value) ->
                        sections.put(String.valueOf(key), new Section(place(field) + "[\"" + key + "\"]", value)));
        return sections;
    }

    String text(String field) {
        Object value = values.get(field);
        if (value == null) {
            return "";
        }
        if (value instanceof Map<?, ?> || value instanceof List<?>) {
            throw new InvalidHostsException(place(field) + ": must be text");
        }
        return value.toString();
    }

    List<String> texts(String field) {
        Object value = values.get(field);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw new InvalidHostsException(place(field) + ": must be a list");
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list) {
            texts.add(String.valueOf(item));
        }
        return texts;
    }

    boolean flag(String field) {
        String text = text(field);
        if (!text.isEmpty() && !text.equals("true") && !text.equals("false")) {
            throw new InvalidHostsException(place(field) + ": must be true or false");
        }
        return text.equals("true");
    }

    Optional<Path> file(String field) {
        String text = text(field);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Path file = Path.of(text);
        if (!Files.isReadable(file)) {
            throw new InvalidHostsException(place(field) + ": " + file + " can't be read");
        }
        return Optional.of(file);
    }
}
