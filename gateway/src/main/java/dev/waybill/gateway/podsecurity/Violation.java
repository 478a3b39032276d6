package dev.waybill.gateway.podsecurity;

import java.util.List;
import java.util.stream.Collectors;

/** What a pod does that its namespace does not let it, in Kubernetes' words. Immutable. */
public record Violation(String reason, String detail) {

    /** Every violation with what to do about it. */
    public static String sentence(List<Violation> violations) {
        return violations.stream()
                .map(each -> each.reason() + " (" + each.detail() + ")")
                .collect(Collectors.joining(", "));
    }

    /** The reasons alone. */
    public static String reasons(List<Violation> violations) {
        return violations.stream().map(Violation::reason).collect(Collectors.joining(", "));
    }
}
