package dev.waybill.node.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What this process may hand on: its own capabilities and its cap on open files. Immutable. */
public record HostLimits(Set<String> capabilities, long openFiles) {
    private static final long WANTED_OPEN_FILES = 1_048_576;

    public static HostLimits detect() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            long mask = status.stream()
                    .filter(line -> line.startsWith("CapBnd:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .findFirst()
                    .orElse(0);
            Set<String> capabilities = Capabilities.ofMask(mask);
            return new HostLimits(
                    capabilities, capabilities.contains("CAP_SYS_RESOURCE") ? WANTED_OPEN_FILES : ownOpenFiles());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/self", e);
        }
    }

    private static long ownOpenFiles() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.substring("Max open files".length()).strip().split("\\s+", -1)[1])
                .mapToLong(text -> text.equals("unlimited") ? WANTED_OPEN_FILES : Long.parseLong(text))
                .map(own -> Math.min(own, WANTED_OPEN_FILES))
                .findFirst()
                .orElse(1024);
    }
}
