package dev.waybill.gateway.podsecurity;

/**
 * A level as some version of Kubernetes defined it. Immutable.
 *
 * @param minor the version's second number, as in v1.MINOR; {@link #LATEST} for the newest
 */
public record Standard(Level level, int minor) {
    static final int LATEST = Integer.MAX_VALUE;
    static final Standard PRIVILEGED = new Standard(Level.PRIVILEGED, LATEST);

    /** Whether everything passes. */
    public boolean allowsAll() {
        return level == Level.PRIVILEGED;
    }

    /** As messages show it, such as restricted:latest. */
    @Override
    public String toString() {
        return level.word() + ":" + (minor == LATEST ? "latest" : "v1." + minor);
    }
}
