package dev.waybill.system;

import dev.waybill.standalone.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What of this machine belongs to the nodes of one data directory: mounts, interfaces, control groups, address translation
 * rules and processes. Stateless.
 */
final class MachineState {
    private MachineState() {}

    /** Each by a line; the files of the directory are none of it. */
    static List<String> of(Path data) throws IOException {
        String tag = Machine.of(data).tag();
        if (tag.isEmpty()) {
            throw new IllegalArgumentException("things of the usual directory have no name that is theirs alone");
        }
        return all().stream()
                .filter(line -> line.contains(tag) || line.contains(data.toString()))
                .toList();
    }

    private static List<String> all() throws IOException {
        List<String> all = new ArrayList<>(Files.readAllLines(Path.of("/proc/self/mounts")));
        try (Stream<Path> interfaces = Files.list(Path.of("/sys/class/net"))) {
            interfaces.map(Path::toString).sorted().forEach(all::add);
        }
        try (Stream<Path> groups = Files.walk(Path.of("/sys/fs/cgroup"), 3)) {
            groups.filter(Files::isDirectory).map(Path::toString).sorted().forEach(all::add);
        }
        for (String tables : List.of("iptables-save", "ip6tables-save")) {
            Process rules = new ProcessBuilder(tables)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            all.addAll(new String(rules.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
        ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .map(MachineState::commandLine)
                .forEach(all::add);
        return all;
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                            Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it ended meanwhile
        }
    }
}
