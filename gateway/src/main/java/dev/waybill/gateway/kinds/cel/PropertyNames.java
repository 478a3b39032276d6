package dev.waybill.gateway.kinds.cel;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Names of properties as expressions write them (Kubernetes' escaping for CEL). Stateless. */
final class PropertyNames {
    private static final Pattern ESCAPABLE = Pattern.compile("[a-zA-Z_.\\-/][a-zA-Z0-9_.\\-/]*");
    private static final Set<String> RESERVED = Set.of(
            "true",
            "false",
            "null",
            "in",
            "as",
            "break",
            "const",
            "continue",
            "else",
            "for",
            "function",
            "if",
            "import",
            "let",
            "loop",
            "package",
            "namespace",
            "return");

    private PropertyNames() {}

    /** The identifier of a property; empty when no expression can name it. */
    static Optional<String> identifier(String property) {
        if (RESERVED.contains(property)) {
            return Optional.of("__" + property + "__");
        }
        return ESCAPABLE.matcher(property).matches()
                ? Optional.of(property.replace("__", "__underscores__")
                        .replace(".", "__dot__")
                        .replace("-", "__dash__")
                        .replace("/", "__slash__"))
                : Optional.empty();
    }
}
