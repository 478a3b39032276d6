package dev.waybill.node.oci;

import dev.waybill.node.resources.ContainerLimits.Ulimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this process may hand on: its own capabilities and limits. Immutable.
 *
 * @param openFiles the cap on open files that containers get
 * @param hard this process's hard limits by name, {@code nofile}; one that is missing is unlimited
 */
public record HostLimits(Set<String> capabilities, long openFiles, Map<String, Long> hard) {
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("Max core file size", "core"),
            Map.entry("Max cpu time", "cpu"),
            Map.entry("Max data size", "data"),
            Map.entry("Max file size", "fsize"),
            Map.entry("Max file locks", "locks"),
            Map.entry("Max locked memory", "memlock"),
            Map.entry("Max msgqueue size", "msgqueue"),
            Map.entry("Max nice priority", "nice"),
            Map.entry("Max open files", "nofile"),
            Map.entry("Max processes", "nproc"),
            Map.entry("Max resident set", "rss"),
            Map.entry("Max realtime priority", "rtprio"),
            Map.entry("Max realtime timeout", "rttime"),
            Map.entry("Max pending signals", "sigpending"),
            Map.entry("Max stack size", "stack"));
    private static final Pattern LINE = Pattern.compile("(Max [a-z ]+?)\\s{2,}(\\S+)\\s+(\\S+).*");

    private static final long WANTED_OPEN_FILES = 1_048_576;
    private static final String RESOURCE = "CAP_SYS_RESOURCE";

    public static HostLimits detect() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            long mask = status.stream()
                    .filter(line -> line.startsWith("CapBnd:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .findFirst()
                    .orElse(0);
            Set<String> capabilities = Capabilities.ofMask(mask);
            Map<String, Long> hard = hardLimits();
            long open = capabilities.contains(RESOURCE)
                    ? WANTED_OPEN_FILES
                    : Math.min(WANTED_OPEN_FILES, hard.getOrDefault("nofile", WANTED_OPEN_FILES));
            return new HostLimits(capabilities, open, hard);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/self", e);
        }
    }

    /** Whether limits and OOM scores may go beyond this process's own. */
    public boolean maySetResources() {
        return capabilities.contains(RESOURCE);
    }

    private static Map<String, Long> hardLimits() throws IOException {
        Map<String, Long> limits = new HashMap<>();
        ofProcess("self").forEach((name, limit) -> {
            if (limit.hard() < Long.MAX_VALUE) {
                limits.put(name, limit.hard());
            }
        });
        return limits;
    }

    /** The limits of a process by name, {@code nofile}. */
    public static Map<String, Ulimit> ofProcess(String pid) throws IOException {
        Map<String, Ulimit> limits = new HashMap<>();
        for (String line : Files.readAllLines(Path.of("/proc", pid, "limits"))) {
            Matcher matcher = LINE.matcher(line);
            String name = matcher.matches() ? NAMES.get(matcher.group(1)) : null;
            if (name != null) {
                limits.put(name, new Ulimit(number(matcher.group(2)), number(matcher.group(3))));
            }
        }
        return limits;
    }

    private static long number(String text) {
        return text.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(text);
    }
}
