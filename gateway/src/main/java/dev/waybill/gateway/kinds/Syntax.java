package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.Quantity;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The syntax of names, labels and amounts, with Kubernetes' sentences for what is wrong
 * (k8s.io/apimachinery/pkg/util/validation). Hand-written scanners: linear in the input. Stateless.
 */
public final class Syntax {
    private static final String DNS_LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric "
            + "characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "
            + "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private static final String DNS_1035_LABEL = "a DNS-1035 label must consist of lower case alphanumeric characters "
            + "or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
            + "'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    private static final String DNS_SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist of lower case "
            + "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
            + "'example.com', regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private static final String QUALIFIED_PART = "name part must consist of alphanumeric characters, '-', '_' or "
            + "'.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
            + "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    private static final String LABEL_VALUE = "a valid label must be an empty string or consist of alphanumeric "
            + "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  "
            + "or 'my_value',  or '12345', regex used for validation is "
            + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    private static final int ANNOTATIONS_BYTES = 256 * 1024;

    private Syntax() {}

    public static @Nullable String dnsLabel(String text) {
        if (text.length() > 63) {
            return "must be no more than 63 characters";
        }
        return isDnsLabel(text) ? null : DNS_LABEL;
    }

    /** A label that begins with a letter. */
    public static @Nullable String dns1035Label(String text) {
        if (text.length() > 63) {
            return "must be no more than 63 characters";
        }
        return isDnsLabel(text) && !Character.isDigit(text.charAt(0)) ? null : DNS_1035_LABEL;
    }

    public static @Nullable String dnsSubdomain(String text) {
        if (text.length() > 253) {
            return "must be no more than 253 characters";
        }
        for (String label : text.split("\\.", -1)) {
            if (!isDnsLabel(label)) {
                return DNS_SUBDOMAIN;
            }
        }
        return null;
    }

    /** A key of a ConfigMap or Secret. */
    static @Nullable String dataKey(String text) {
        if (text.length() > 253) {
            return "must be no more than 253 characters";
        }
        boolean valid = !text.isEmpty()
                && !text.equals(".")
                && !text.equals("..")
                && text.chars().allMatch(c -> isWord(c) || c == '-' || c == '_' || c == '.');
        return valid
                ? null
                : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                        + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    }

    static @Nullable String environmentName(String text) {
        boolean valid = !text.isEmpty() && text.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '=');
        return valid
                ? null
                : "a valid environment variable name must consist only of printable ASCII characters "
                        + "other than '='";
    }

    public static @Nullable String qualifiedName(String text) {
        int slash = text.indexOf('/');
        String part = text.substring(slash + 1);
        if (slash >= 0) {
            String prefix = text.substring(0, slash);
            if (prefix.isEmpty()) {
                return "prefix part must be non-empty";
            }
            if (dnsSubdomain(prefix) != null) {
                return "prefix part " + dnsSubdomain(prefix);
            }
        }
        if (part.isEmpty()) {
            return "name part must be non-empty";
        }
        if (part.length() > 63) {
            return "name part must be no more than 63 characters";
        }
        return isLabelText(part) ? null : QUALIFIED_PART;
    }

    public static @Nullable String labelValue(String text) {
        if (text.length() > 63) {
            return "must be no more than 63 characters";
        }
        return text.isEmpty() || isLabelText(text) ? null : LABEL_VALUE;
    }

    public static void labels(JsonNode labels, String path, List<FieldError> errors) {
        if (labels.isMissingNode() || labels.isNull()) {
            return;
        }
        if (!labels.isObject()) {
            errors.add(FieldError.invalid(path, labels.toString(), "must be an object"));
            return;
        }
        for (Map.Entry<String, JsonNode> label : labels.properties()) {
            String wrongKey = qualifiedName(label.getKey());
            if (wrongKey != null) {
                errors.add(FieldError.invalid(path, quoted(label.getKey()), wrongKey));
            }
            String wrongValue =
                    label.getValue().isString() ? labelValue(label.getValue().stringValue()) : "must be a string";
            if (wrongValue != null) {
                errors.add(FieldError.invalid(path, shown(label.getValue()), wrongValue));
            }
        }
    }

    public static void annotations(JsonNode annotations, String path, List<FieldError> errors) {
        if (annotations.isMissingNode() || annotations.isNull()) {
            return;
        }
        if (!annotations.isObject()) {
            errors.add(FieldError.invalid(path, annotations.toString(), "must be an object"));
            return;
        }
        long size = 0;
        for (Map.Entry<String, JsonNode> annotation : annotations.properties()) {
            String wrong = qualifiedName(annotation.getKey().toLowerCase(Locale.ROOT));
            if (wrong != null) {
                errors.add(FieldError.invalid(path, quoted(annotation.getKey()), wrong));
            }
            if (!annotation.getValue().isString()) {
                errors.add(FieldError.invalid(path, shown(annotation.getValue()), "must be a string"));
            }
            size += annotation.getKey().length()
                    + annotation.getValue().asString("").length();
        }
        if (size > ANNOTATIONS_BYTES) {
            errors.add(new FieldError(
                    "FieldValueTooLong", path, "Too long: may not be more than " + ANNOTATIONS_BYTES + " bytes"));
        }
    }

    /** Reads an amount that may not be negative; null after reporting what is wrong with it. */
    static @Nullable Quantity amount(JsonNode value, String path, List<FieldError> errors) {
        Quantity amount = value.isString() || value.isNumber()
                ? Quantity.tryParse(value.asString()).orElse(null)
                : null;
        if (amount == null) {
            errors.add(FieldError.invalid(
                    path,
                    shown(value),
                    "quantities must match the regular expression "
                            + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"));
            return null;
        }
        if (amount.isNegative()) {
            errors.add(FieldError.invalid(path, quoted(amount.toString()), "must be greater than or equal to 0"));
            return null;
        }
        return amount;
    }

    static void nonNegative(JsonNode parent, String field, String path, List<FieldError> errors) {
        JsonNode value = parent.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return;
        }
        if (!value.isIntegralNumber()) {
            errors.add(FieldError.invalid(path, shown(value), "must be an integer"));
        } else if (value.asLong() < 0) {
            errors.add(FieldError.invalid(path, value.toString(), "must be greater than or equal to 0"));
        }
    }

    static void oneOf(JsonNode parent, String field, String path, List<String> supported, List<FieldError> errors) {
        JsonNode value = parent.path(field);
        if (!value.isMissingNode() && !value.isNull() && !supported.contains(value.asString(""))) {
            errors.add(FieldError.notSupported(path, value.asString(value.toString()), supported));
        }
    }

    static void immutable(JsonNode now, JsonNode before, String path, List<FieldError> errors) {
        if (!Json.same(now, before)) {
            errors.add(FieldError.invalid(path, shown(now), "field is immutable"));
        }
    }

    static String quoted(String text) {
        return '"' + text + '"';
    }

    static String shown(JsonNode value) {
        return value.isMissingNode() ? "null" : value.toString();
    }

    private static boolean isDnsLabel(String text) {
        if (text.isEmpty() || text.length() > 63) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            boolean dash = c == '-' && i > 0 && i < text.length() - 1;
            if (!plain && !dash) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLabelText(String text) {
        return isWord(text.charAt(0))
                && isWord(text.charAt(text.length() - 1))
                && text.chars().allMatch(c -> isWord(c) || c == '-' || c == '_' || c == '.');
    }

    private static boolean isWord(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
