package dev.waybill.gateway.podsecurity;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the labels of a namespace ask of its pods. A label that cannot be read means restricted where it is enforced, and
 * nothing where it only warns (k8s.io/pod-security-admission/api). Immutable.
 *
 * @param errors what is wrong with the labels
 */
public record NamespacePolicy(Standard enforce, Standard audit, Standard warn, List<FieldError> errors) {
    private static final String PREFIX = "pod-security.kubernetes.io/";
    private static final Pattern VERSION = Pattern.compile("v1\\.(0|[1-9][0-9]{0,8})");
    private static final NamespacePolicy NONE =
            new NamespacePolicy(Standard.PRIVILEGED, Standard.PRIVILEGED, Standard.PRIVILEGED, List.of());

    public static NamespacePolicy of(Map<String, String> labels) {
        if (labels.keySet().stream().noneMatch(key -> key.startsWith(PREFIX))) {
            return NONE;
        }
        List<FieldError> errors = new ArrayList<>();
        Standard enforce = standard(labels, "enforce", Level.RESTRICTED, Standard.PRIVILEGED, errors);
        Standard audit = standard(labels, "audit", Level.PRIVILEGED, Standard.PRIVILEGED, errors);
        // Who is refused later is warned now: without a label of its own, warn is what is enforced.
        Standard warn = standard(labels, "warn", Level.PRIVILEGED, enforce, errors);
        return new NamespacePolicy(enforce, audit, warn, List.copyOf(errors));
    }

    private static Standard standard(
            Map<String, String> labels, String mode, Level unreadable, Standard unsaid, List<FieldError> errors) {
        String levelKey = PREFIX + mode;
        String versionKey = levelKey + "-version";
        Level level = unsaid.level();
        int minor = unsaid.minor();
        String named = labels.get(levelKey);
        if (named != null) {
            level = level(named, unreadable);
            if (!level.word().equals(named)) {
                errors.add(invalid(levelKey, named, "must be one of privileged, baseline, restricted"));
            }
        }
        String version = labels.get(versionKey);
        if (version != null) {
            Matcher matcher = VERSION.matcher(version);
            minor = matcher.matches() ? Integer.parseInt(matcher.group(1)) : Standard.LATEST;
            if (minor == Standard.LATEST && !version.equals("latest")) {
                errors.add(invalid(versionKey, version, "must be \"latest\" or \"v1.x\""));
            }
        }
        return new Standard(level, minor);
    }

    private static Level level(String named, Level otherwise) {
        for (Level level : Level.values()) {
            if (level.word().equals(named)) {
                return level;
            }
        }
        return otherwise;
    }

    private static FieldError invalid(String label, String value, String detail) {
        return FieldError.invalid("metadata.labels[" + label + "]", "\"" + value + "\"", detail);
    }
}
