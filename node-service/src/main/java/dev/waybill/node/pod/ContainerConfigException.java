package dev.waybill.node.pod;

/** A container cannot be configured as its pod says; the message is what its status shows. */
public final class ContainerConfigException extends RuntimeException {
    private final String reason;

    /** Fails with Kubernetes' reason CreateContainerConfigError. */
    public ContainerConfigException(String message) {
        this("CreateContainerConfigError", message);
    }

    public ContainerConfigException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
