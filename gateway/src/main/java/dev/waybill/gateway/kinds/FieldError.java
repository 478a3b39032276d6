package dev.waybill.gateway.kinds;

/**
 * What is wrong with one field of an object, in Kubernetes' words. Immutable.
 *
 * @param reason Kubernetes' cause reason, such as FieldValueRequired
 * @param field path of the field, such as spec.containers[0].name
 * @param message the sentence without the path, such as "Required value"
 */
public record FieldError(String reason, String field, String message) {

    public static FieldError required(String field, String detail) {
        return new FieldError("FieldValueRequired", field, "Required value" + suffix(detail));
    }

    /** @param badValue the value as the message shows it: quoted when it is a string */
    public static FieldError invalid(String field, String badValue, String detail) {
        return new FieldError("FieldValueInvalid", field, "Invalid value: " + badValue + suffix(detail));
    }

    public static FieldError notSupported(String field, String value, Iterable<String> supported) {
        StringBuilder list = new StringBuilder();
        for (String each : supported) {
            list.append(list.isEmpty() ? "" : ", ").append('"').append(each).append('"');
        }
        return new FieldError(
                "FieldValueNotSupported", field, "Unsupported value: \"" + value + "\": supported values: " + list);
    }

    public static FieldError duplicate(String field, String value) {
        return new FieldError("FieldValueDuplicate", field, "Duplicate value: \"" + value + "\"");
    }

    public static FieldError forbidden(String field, String detail) {
        return new FieldError("FieldValueForbidden", field, "Forbidden" + suffix(detail));
    }

    public static FieldError notFound(String field, String value) {
        return new FieldError("FieldValueNotFound", field, "Not found: \"" + value + "\"");
    }

    /** Path and message in one sentence. */
    public String sentence() {
        return field + ": " + message;
    }

    private static String suffix(String detail) {
        return detail.isEmpty() ? "" : ": " + detail;
    }
}
