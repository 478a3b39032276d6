package dev.waybill.gateway.http;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The order in which Kubernetes prefers versions: v2, v1, v2beta1, v1beta2, v1alpha1, then all others. Stateless. */
final class VersionOrder {
    static final Comparator<String> NEWEST_FIRST =
            Comparator.comparingLong(VersionOrder::rank).reversed().thenComparing(Comparator.naturalOrder());

    private static final Pattern VERSION = Pattern.compile("v([1-9][0-9]{0,5})(?:(alpha|beta)([1-9][0-9]{0,5}))?");

    private VersionOrder() {}

    private static long rank(String version) {
        Matcher parts = VERSION.matcher(version);
        if (!parts.matches()) {
            return -1;
        }
        String stage = parts.group(2);
        long stability = stage == null ? 2 : stage.equals("beta") ? 1 : 0;
        long minor = parts.group(3) == null ? 0 : Long.parseLong(parts.group(3));
        return (stability * 1_000_000 + Long.parseLong(parts.group(1))) * 1_000_000 + minor;
    }
}
