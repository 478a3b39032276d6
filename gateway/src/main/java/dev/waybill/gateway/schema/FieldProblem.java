package dev.waybill.gateway.schema;

/**
 * A field that the kind does not have, or whose value is of another type.
 *
 * @param unknown true when there is no such field, false when its value is of the wrong type
 * @param path path of the field, such as spec.containers[0].image
 * @param message the sentence with the field's path
 */
public record FieldProblem(boolean unknown, String path, String message) {

    /** A field that there is not, in the words of Kubernetes' strict decoders. */
    public static FieldProblem unknown(String path) {
        return new FieldProblem(true, path, "unknown field \"" + path + "\"");
    }
}
