package dev.waybill.image.credentials;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A key of {@code auths}, matched as the kubelet matches it: each dot-separated part of the host may be a glob, and
 * there must be as many of them; the port must be the same; the path is a prefix. Immutable.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/containers/images/#config-json">Interpretation of config.json</a>
 */
record RegistryPattern(String host, String port, String path) {

    /** Reads a key with or without scheme; {@code /v1/} and {@code /v2/} before a path are docker's and left out. */
    static RegistryPattern parse(String key) {
        int scheme = key.indexOf("://");
        String text = scheme < 0 ? key : key.substring(scheme + 3);
        int slash = text.indexOf('/');
        String path = slash < 0 ? "" : text.substring(slash);
        if (path.equals("/v1") || path.startsWith("/v1/") || path.equals("/v2") || path.startsWith("/v2/")) {
            path = path.substring(3);
        }
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        String authority = slash < 0 ? text : text.substring(0, slash);
        int colon = authority.lastIndexOf(':');
        boolean port = colon > authority.lastIndexOf(']');
        return new RegistryPattern(
                port ? authority.substring(0, colon) : authority, port ? authority.substring(colon + 1) : "", path);
    }

    boolean matches(String name) {
        RegistryPattern image = ofImage(name);
        if (!port.equals(image.port) || !image.path.startsWith(path)) {
            return false;
        }
        String[] globs = host.split("\\.", -1);
        String[] parts = image.host.split("\\.", -1);
        if (globs.length != parts.length) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            if (!glob(globs[i], parts[i])) {
                return false;
            }
        }
        return true;
    }

    private static RegistryPattern ofImage(String name) {
        int slash = name.indexOf('/');
        String authority = slash < 0 ? name : name.substring(0, slash);
        RegistryPattern host = parse(authority);
        return new RegistryPattern(host.host, host.port, slash < 0 ? "" : name.substring(slash));
    }

    /** {@code *} and {@code ?} as in a file name. */
    private static boolean glob(String glob, String part) {
        if (glob.indexOf('*') < 0 && glob.indexOf('?') < 0) {
            return glob.equals(part);
        }
        String regex = glob.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        return Pattern.matches(regex, part);
    }

    /** What keys are ordered by, backwards, so that longer ones of the same start come first. */
    String sortKey() {
        return host + (port.isEmpty() ? "" : ":" + port) + path;
    }
}
