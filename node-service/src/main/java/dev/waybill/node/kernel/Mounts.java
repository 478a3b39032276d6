package dev.waybill.node.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, as this process sees it (proc_pid_mountinfo(5)). Stateless. */
public final class Mounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

    private Mounts() {}

    /**
     * A mount.
     *
     * @param shared whether mounts below it reach others that share it, and theirs reach it
     * @param slave whether others' reach it
     */
    public record Mount(Path point, boolean shared, boolean slave) {
        /** Reads a line: id, parent, device, root, point, options, optional fields until a hyphen, ... */
        static Mount parse(String line) {
            List<String> fields = List.of(line.split(" ", -1));
            List<String> optional = fields.subList(6, fields.indexOf("-"));
            return new Mount(
                    Path.of(unescaped(fields.get(4))),
                    optional.stream().anyMatch(field -> field.startsWith("shared:")),
                    optional.stream().anyMatch(field -> field.startsWith("master:")));
        }

        private static String unescaped(String text) {
            return ESCAPED.matcher(text)
                    .replaceAll(code ->
                            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(code.group(1), 8))));
        }
    }

    /** All, in the order in which they were made where they lie upon each other. */
    private static List<Mount> all() {
        try {
            return Files.readAllLines(TABLE).stream().map(Mount::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + TABLE, e);
        }
    }

    /** The mount in which a file lies. */
    public static Mount of(Path file) throws IOException {
        return of(file.toRealPath(), all());
    }

    static Mount of(Path file, List<Mount> mounts) {
        return mounts.stream()
                .filter(mount -> file.startsWith(mount.point()))
                // Of equals the last, which covers the others.
                .reduce((one, next) ->
                        next.point().getNameCount() >= one.point().getNameCount() ? next : one)
                .orElseThrow(() -> new IllegalStateException("nothing is mounted at " + file));
    }

    /** Unmounts whatever is mounted below a directory, by whomever. */
    public static void unmountBelow(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Path real = directory.toRealPath();
        List<Path> below = new ArrayList<>(all().stream()
                .map(Mount::point)
                .filter(point -> point.startsWith(real) && !point.equals(real))
                .toList());
        below.sort(Comparator.comparing(Path::getNameCount).reversed());
        below.forEach(Linux::unmount);
    }
}
