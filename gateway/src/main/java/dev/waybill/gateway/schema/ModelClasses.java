package dev.waybill.gateway.schema;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the published model class of a kind. Stateless. */
final class ModelClasses {
    static final String PACKAGE = "io.kubernetes.client.openapi.models.";

    private ModelClasses() {}

    /** The model of a kind, or empty for kinds of our own. */
    static Optional<Class<?>> find(String group, String version, String kind) {
        String prefix = version.substring(0, 1).toUpperCase(Locale.ROOT) + version.substring(1);
        String family = group.isEmpty()
                ? "Core"
                : capitalised(group.substring(0, group.indexOf('.') < 0 ? group.length() : group.indexOf('.')));
        for (String name : List.of(family + prefix + kind, prefix + kind)) {
            try {
                return Optional.of(Class.forName(PACKAGE + name, false, ModelClasses.class.getClassLoader()));
            } catch (ClassNotFoundException e) {
                // Most kinds have no name of their own family: try the next one.
            }
        }
        return Optional.empty();
    }

    private static String capitalised(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }
}
