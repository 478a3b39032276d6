package dev.waybill.events.registry;

/** The schema registry answered no; asking again cannot help. */
public final class RegistryRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RegistryRefusedException(String message) {
        super(message);
    }
}
