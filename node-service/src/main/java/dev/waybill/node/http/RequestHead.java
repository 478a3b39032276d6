package dev.waybill.node.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Method, path, query and headers of a request (RFC 9112). Immutable.
 *
 * @param query each parameter's values in their order
 * @param headers by lower-case name, several values joined with commas
 */
record RequestHead(String method, String path, Map<String, List<String>> query, Map<String, String> headers) {
    private static final int MOST_BYTES = 64 << 10;

    /**
     * Reads a head up to its empty line and nothing behind it; empty when the peer is gone.
     *
     * @throws IllegalArgumentException when it is none
     */
    static Optional<RequestHead> read(InputStream in) throws IOException {
        String line = line(in, MOST_BYTES);
        if (line.isEmpty()) {
            return Optional.empty();
        }
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            throw new IllegalArgumentException("not an HTTP/1.1 request line: " + line);
        }
        Map<String, String> headers = new LinkedHashMap<>();
        int left = MOST_BYTES;
        for (String header = line(in, left); !header.isEmpty(); header = line(in, left)) {
            left -= header.length() + 2;
            int colon = header.indexOf(':');
            if (colon <= 0) {
                throw new IllegalArgumentException("not a header: " + header);
            }
            headers.merge(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip(),
                    (first, next) -> first + ", " + next);
        }
        int question = words[1].indexOf('?');
        String path = question < 0 ? words[1] : words[1].substring(0, question);
        String query = question < 0 ? "" : words[1].substring(question + 1);
        return Optional.of(new RequestHead(words[0], path, query(query), headers));
    }

    /** Byte by byte, since what follows the head may be another protocol; the caller buffers. */
    private static String line(InputStream in, int most) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (line.length() >= most) {
                throw new IllegalArgumentException("a request head may have " + MOST_BYTES + " bytes");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private static Map<String, List<String>> query(String raw) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.computeIfAbsent(decode(pair.substring(0, equals)), _ -> new ArrayList<>())
                        .add(decode(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** The decoded segments of the path. */
    List<String> segments() {
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(1).split("/", -1)) {
            segments.add(decode(segment.replace("+", "%2B")));
        }
        return segments;
    }

    /** A header's value; empty when it is not there. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The values of a header that is a list. */
    List<String> list(String name) {
        List<String> values = new ArrayList<>();
        for (String value : header(name).split(",", -1)) {
            if (!value.isBlank()) {
                values.add(value.strip());
            }
        }
        return values;
    }

    List<String> parameters(String name) {
        return query.getOrDefault(name, List.of());
    }

    boolean flag(String name) {
        return parameters(name).stream().anyMatch(value -> value.equals("1") || value.equals("true"));
    }
}
