package dev.waybill.gateway.auth;

import dev.waybill.gateway.rbac.Subject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Bearer tokens from a file, one a line: {@code token,user,uid,"group1,group2"} (the format of Kubernetes'
 * --token-auth-file). Only digests are kept, so that looking one up takes no longer the more of it is right. Immutable.
 */
public final class StaticTokens {
    public static final StaticTokens NONE = new StaticTokens(Map.of());

    private final Map<String, Identity> byDigest;

    private StaticTokens(Map<String, Identity> byDigest) {
        this.byDigest = byDigest;
    }

    /**
     * Reads the file.
     *
     * @throws IllegalArgumentException when a line is none of that format; the message names the line, not the token
     */
    public static StaticTokens of(Path file) throws IOException {
        Map<String, Identity> identities = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            List<String> fields = fields(line);
            if (fields.size() < 3
                    || fields.size() > 4
                    || fields.get(0).isEmpty()
                    || fields.get(1).isEmpty()) {
                throw new IllegalArgumentException(
                        file + " line " + number + ": must be token,user,uid or token,user,uid,\"group1,group2\"");
            }
            identities.put(digest(fields.get(0)), identity(fields));
        }
        return new StaticTokens(Map.copyOf(identities));
    }

    Optional<Identity> identity(String token) {
        return byDigest.isEmpty() ? Optional.empty() : Optional.ofNullable(byDigest.get(digest(token)));
    }

    private static Identity identity(List<String> fields) {
        Set<String> groups = new LinkedHashSet<>();
        if (fields.size() == 4) {
            for (String group : fields.get(3).split(",", -1)) {
                if (!group.isBlank()) {
                    groups.add(group.strip());
                }
            }
        }
        groups.add(Subject.AUTHENTICATED);
        return new Identity(new Subject(fields.get(1), groups), fields.get(2), Map.of());
    }

    /** Fields between commas; a field in double quotes may hold commas. */
    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString().strip());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString().strip());
        return fields;
    }

    static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
