package dev.waybill.gateway.kinds.cel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An absolute URL or an absolute path, as Go's url.ParseRequestURI takes them. Immutable.
 *
 * @param host with the port, if there is one
 * @param path as it is written
 * @param query without its question mark
 */
record WebAddress(String scheme, String host, String path, String query) {
    private static final Pattern PARTS = Pattern.compile(
            "(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#.*)?");
    private static final Pattern HOST = Pattern.compile("(?:\\[[0-9a-fA-F:.]+]|[^:\\[\\]\\s<>\"\\\\^`{|}]*)(?::\\d*)?");
    private static final Pattern ESCAPED = Pattern.compile("(?:[^%]|%[0-9a-fA-F]{2})*");

    /** Null for what is none. */
    static @Nullable WebAddress tryParse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (text.chars().anyMatch(Character::isISOControl) || !parts.matches()) {
            return null;
        }
        WebAddress address = new WebAddress(
                known(parts.group(1)), known(parts.group(2)), known(parts.group(3)), known(parts.group(4)));
        boolean absolute = !address.scheme.isEmpty() || text.startsWith("/");
        return absolute
                        && HOST.matcher(address.host).matches()
                        && ESCAPED.matcher(address.path).matches()
                ? address
                : null;
    }

    static WebAddress parse(String text) {
        WebAddress address = tryParse(text);
        if (address == null) {
            throw new IllegalArgumentException(
                    "URL parse error during conversion from string: parse \"" + text + "\": invalid URI for request");
        }
        return address;
    }

    String hostname() {
        int colon = portAt();
        String name = colon < 0 ? host : host.substring(0, colon);
        return name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
    }

    String port() {
        int colon = portAt();
        return colon < 0 ? "" : host.substring(colon + 1);
    }

    private int portAt() {
        return host.indexOf(':', host.lastIndexOf(']') + 1);
    }

    Map<String, List<String>> queryValues() {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String part : query.split("&", -1)) {
            if (!part.isEmpty()) {
                String[] pair = part.split("=", 2);
                values.computeIfAbsent(decoded(pair[0]), key -> new ArrayList<>())
                        .add(pair.length == 1 ? "" : decoded(pair[1]));
            }
        }
        return values;
    }

    private static String decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] raw = text.replace('+', ' ').getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            boolean escaped = raw[i] == '%'
                    && i + 2 < raw.length
                    && Character.digit(raw[i + 1], 16) >= 0
                    && Character.digit(raw[i + 2], 16) >= 0;
            bytes.write(escaped ? Character.digit(raw[i + 1], 16) << 4 | Character.digit(raw[i + 2], 16) : raw[i]);
            i += escaped ? 2 : 0;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String known(@Nullable String part) {
        return part == null ? "" : part;
    }
}
