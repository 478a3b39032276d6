package dev.waybill.embedded;

/** A schema that readers or writers of the subject's latest version could not work with. */
final class IncompatibleSchemaException extends Exception {
    private static final long serialVersionUID = 1L;

    IncompatibleSchemaException(String message) {
        super(message);
    }
}
