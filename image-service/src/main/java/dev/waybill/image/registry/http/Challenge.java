package dev.waybill.image.registry.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a 401 asks for (RFC 9110, section 11.6.1). Immutable.
 *
 * @param scheme in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

    private static final Pattern PARAMETER =
            Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,\"]+))");

    static Challenge parse(String header) {
        String text = header.strip();
        int space = text.indexOf(' ');
        String scheme = space < 0 ? text : text.substring(0, space);
        Map<String, String> parameters = new TreeMap<>();
        Matcher matcher = PARAMETER.matcher(space < 0 ? "" : text.substring(space));
        while (matcher.find()) {
            String quoted = matcher.group(2);
            parameters.putIfAbsent(
                    matcher.group(1).toLowerCase(Locale.ROOT),
                    quoted == null ? matcher.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
        }
        return new Challenge(scheme.toLowerCase(Locale.ROOT), parameters);
    }

    static Optional<Challenge> ofScheme(String scheme, List<String> headers) {
        return headers.stream()
                .map(Challenge::parse)
                .filter(challenge -> challenge.scheme.equals(scheme))
                .findFirst();
    }

    String get(String parameter) {
        return parameters.getOrDefault(parameter, "");
    }
}
