package dev.waybill.image.registry;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A sha256 content digest, {@code sha256:<hex>}. Immutable.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {

    private static final Pattern TEXT = Pattern.compile("sha256:[a-f0-9]{64}");

    /** Reads {@code sha256:<hex>}; the field's name goes into the message when it is something else. */
    public static Digest parse(String field, String text) throws UnsupportedImageException {
        if (!TEXT.matcher(text).matches()) {
            throw new UnsupportedImageException(field + ": \"" + text + "\" is no sha256 digest");
        }
        return new Digest(text.substring("sha256:".length()));
    }

    /** The digest of these bytes. */
    public static Digest of(byte[] bytes) {
        return of(sha256().digest(bytes), 0);
    }

    /** The digest that a finished {@link MessageDigest} holds. */
    public static Digest finished(MessageDigest digest) {
        return of(digest.digest(), 0);
    }

    /** A fresh sha256. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Digest of(byte[] hash, int from) {
        return new Digest(HexFormat.of().formatHex(hash, from, hash.length));
    }

    @Override
    public String toString() {
        return "sha256:" + hex;
    }
}
