package dev.waybill.node.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The numbers a container's process runs under. Immutable. */
public record ProcessUser(long uid, long gid, List<Long> additionalGids, String home) {

    /**
     * Resolves {@code user[:group]}, names by the image's own /etc/passwd and /etc/group.
     *
     * @throws IllegalArgumentException when the image has no such user or group
     */
    public static ProcessUser resolve(String text, Path root) {
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        String group = colon < 0 ? "" : text.substring(colon + 1);
        Optional<String[]> entry = lines(root.resolve("etc/passwd"), 6).stream()
                .filter(fields -> fields[0].equals(user) || fields[2].equals(user))
                .findFirst();
        if (user.isEmpty()) {
            return new ProcessUser(0, groupOf(group, 0, root), List.of(), "/root");
        }
        if (entry.isEmpty() && !numeric(user)) {
            throw new IllegalArgumentException("unable to find user " + user + ": no matching entries in passwd file");
        }
        long uid = entry.map(fields -> Long.parseLong(fields[2])).orElseGet(() -> Long.parseLong(user));
        long gid = groupOf(group, entry.map(fields -> Long.parseLong(fields[3])).orElse(0L), root);
        List<Long> more = new ArrayList<>();
        if (entry.isPresent() && group.isEmpty()) {
            for (String[] fields : lines(root.resolve("etc/group"), 4)) {
                if (List.of(fields[3].split(",", -1)).contains(entry.get()[0]) && numeric(fields[2])) {
                    more.add(Long.parseLong(fields[2]));
                }
            }
        }
        return new ProcessUser(uid, gid, more, entry.map(fields -> fields[5]).orElse("/"));
    }

    private static long groupOf(String group, long fallback, Path root) {
        if (group.isEmpty()) {
            return fallback;
        }
        if (numeric(group)) {
            return Long.parseLong(group);
        }
        return lines(root.resolve("etc/group"), 3).stream()
                .filter(fields -> fields[0].equals(group))
                .map(fields -> Long.parseLong(fields[2]))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unable to find group " + group + ": no matching entries in group file"));
    }

    private static boolean numeric(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** An image's file is read only if it is a plain one: a link could lead out of the image. */
    private static List<String[]> lines(Path file, int fields) {
        boolean linked = Files.isSymbolicLink(file.getParent());
        if (linked || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try {
            return Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1).stream()
                    .map(line -> line.split(":", -1))
                    .filter(parts -> parts.length >= fields)
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + file.getFileName() + " of the image", e);
        }
    }
}
