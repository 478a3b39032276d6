package dev.waybill.gateway.podsecurity;

import java.util.Locale;

/** How much a pod may, from everything to little. */
public enum Level {
    PRIVILEGED,
    BASELINE,
    RESTRICTED;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
