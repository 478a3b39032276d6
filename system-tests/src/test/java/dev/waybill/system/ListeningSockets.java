package dev.waybill.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which addresses a process listens on, as the kernel tells in {@code /proc} (proc(5)). */
final class ListeningSockets {
    private static final String LISTEN = "0A";

    /** 127.0.0.1, ::1 and ::ffff:127.0.0.1, as hexadecimal words in the machine's byte order. */
    private static final Set<String> LOOPBACK =
            Set.of("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F");

    private ListeningSockets() {}

    /** One socket: its address as the kernel prints it, and its port. */
    record Listening(String address, int port) {
        boolean onLoopback() {
            return LOOPBACK.contains(address);
        }
    }

    static List<Listening> of(long pid) throws IOException {
        Set<String> own = inodes(pid);
        List<Listening> listening = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", table))) {
                List<String> fields = List.of(line.strip().split("\\s+"));
                if (fields.size() > 9 && fields.get(3).equals(LISTEN) && own.contains(fields.get(9))) {
                    List<String> local = List.of(fields.get(1).split(":"));
                    listening.add(new Listening(local.getFirst(), Integer.parseInt(local.getLast(), 16)));
                }
            }
        }
        return listening;
    }

    private static Set<String> inodes(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : files.toList()) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    // then it does not listen
                }
            }
        }
        return inodes;
    }
}
