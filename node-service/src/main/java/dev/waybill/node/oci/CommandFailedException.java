package dev.waybill.node.oci;

/** A program that this node needs refused or is missing; the message is what it said. */
public class CommandFailedException extends RuntimeException {
    CommandFailedException(String message) {
        super(message);
    }

    CommandFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
