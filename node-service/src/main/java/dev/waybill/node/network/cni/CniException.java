package dev.waybill.node.network.cni;

/** A CNI plugin refused. */
public final class CniException extends RuntimeException {
    CniException(String message) {
        super(message);
    }

    CniException(String message, Throwable cause) {
        super(message, cause);
    }
}
