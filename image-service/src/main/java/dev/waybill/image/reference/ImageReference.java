package dev.waybill.image.reference;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An image reference in full: the host is docker.io and the tag is latest when the text names none. Immutable.
 *
 * <p>Grammar: https://pkg.go.dev/github.com/distribution/reference. With both a tag and a digest the digest decides
 * what is pulled, as in Kubernetes.
 *
 * @param host registry host, with port if the text has one
 * @param repository path within the registry
 * @param tag tag; null only when there is a digest
 * @param digest {@code sha256:<hex>}; null when the tag decides
 */
public record ImageReference(
        String host,
        String repository,
        @Nullable String tag,
        @Nullable String digest) {

    private static final String DOCKER_HUB = "docker.io";
    private static final int MAX_NAME = 255;
    private static final int MAX_TEXT = 1024;
    private static final Pattern HOST = Pattern.compile(
            "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?");
    private static final Pattern PATH_PART = Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final Pattern SHA256 = Pattern.compile("sha256:[a-f0-9]{64}");
    private static final Pattern BARE_ID = Pattern.compile("[a-f0-9]{64}");

    /** Reads a reference as a manifest writes it. */
    public static ImageReference parse(String text) throws InvalidReferenceException {
        if (text.isEmpty()) {
            throw new InvalidReferenceException(text, "is empty");
        }
        if (text.length() > MAX_TEXT) {
            throw new InvalidReferenceException(text, "is longer than " + MAX_TEXT + " characters");
        }
        if (BARE_ID.matcher(text).matches()) {
            throw new InvalidReferenceException(text, "64 hexadecimal digits are an image id, not a name");
        }
        String rest = text;
        String digest = null;
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = checkedDigest(text, rest.substring(at + 1));
            rest = rest.substring(0, at);
        }
        String tag = null;
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/') && !(rest.indexOf('/') < 0 && rest.startsWith("["))) {
            tag = rest.substring(colon + 1);
            if (!TAG.matcher(tag).matches()) {
                throw new InvalidReferenceException(
                        text, "tag \"" + tag + "\" must be 1 to 128 of A-Z a-z 0-9 _ . - and not begin with . or -");
            }
            rest = rest.substring(0, colon);
        }
        String host = hostOf(rest);
        String path = host == null ? rest : rest.substring(host.length() + 1);
        if (host == null || host.equals("index.docker.io")) {
            host = DOCKER_HUB;
        }
        checkHostAndPath(text, host, path);
        if (host.equals(DOCKER_HUB) && path.indexOf('/') < 0) {
            path = "library/" + path;
        }
        return new ImageReference(host, path, tag == null && digest == null ? "latest" : tag, digest);
    }

    /** What the registry is asked for: the digest if there is one, else the tag. */
    public String target() {
        String wanted = digest != null ? digest : tag;
        return wanted == null ? "latest" : wanted;
    }

    /** Host and repository. */
    public String name() {
        return host + "/" + repository;
    }

    /** The one spelling of this reference, the same for every way to write it. */
    @Override
    public String toString() {
        return name() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }

    /** The first part is a host when it can't be a repository's: a dot, a port, a capital letter, or localhost. */
    private static @Nullable String hostOf(String name) {
        int slash = name.indexOf('/');
        if (slash < 0) {
            return null;
        }
        String first = name.substring(0, slash);
        boolean host = first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
        return host ? first : null;
    }

    private static void checkHostAndPath(String text, String host, String path) throws InvalidReferenceException {
        if (!HOST.matcher(host).matches()) {
            throw new InvalidReferenceException(text, "host \"" + host + "\" is no host name with an optional port");
        }
        if (path.isEmpty()) {
            throw new InvalidReferenceException(text, "the repository name is missing");
        }
        if (host.length() + 1 + path.length() > MAX_NAME) {
            throw new InvalidReferenceException(text, "the name is longer than " + MAX_NAME + " characters");
        }
        for (String part : path.split("/", -1)) {
            if (!PATH_PART.matcher(part).matches()) {
                throw new InvalidReferenceException(
                        text,
                        "repository part \"" + part
                                + "\" must be lower-case letters and digits, separated by one . _ __ or hyphens");
            }
        }
    }

    private static String checkedDigest(String text, String digest) throws InvalidReferenceException {
        if (!SHA256.matcher(digest).matches()) {
            throw new InvalidReferenceException(
                    text, "digest \"" + digest + "\" must be sha256: and 64 lower-case hexadecimal digits");
        }
        return digest;
    }
}
