package dev.waybill.image.pull;

import java.util.Optional;

/** When an image is asked of its registry, as Kubernetes names it. */
public enum PullPolicy {
    ALWAYS("Always"),
    IF_NOT_PRESENT("IfNotPresent"),
    NEVER("Never");

    private final String text;

    PullPolicy(String text) {
        this.text = text;
    }

    /** The policy of this name, if it is one. */
    public static Optional<PullPolicy> parse(String text) {
        for (PullPolicy policy : values()) {
            if (policy.text.equals(text)) {
                return Optional.of(policy);
            }
        }
        return Optional.empty();
    }
}
