package dev.waybill.gateway.certificates;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes as text with a label (RFC 7468). Stateless. */
public final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("(?m)^-----BEGIN ([^-\\r\\n]*)-----[ \\t]*\\r?\\n([^-]*)^-----END \\1-----[ \\t]*\\r?$");
    private static final int LINE = 64;

    private Pem() {}

    public static String of(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + label
                + "-----\n";
    }

    /** The bytes of a text whose first block has this label; empty when it is another, or none. */
    public static Optional<byte[]> first(String label, String text) {
        Matcher block = BLOCK.matcher(text);
        if (!block.find() || !block.group(1).equals(label)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Base64.getDecoder().decode(block.group(2).replaceAll("\\s", "")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
