package dev.waybill.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process that runs the system has used. Immutable. */
record ServerProcess(long pid) {
    private static final double TICKS_PER_SECOND = 100;

    /** User and system time of the process (proc(5), /proc/PID/stat, fields 14 and 15). */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** Resident memory in MB. */
    long residentMegabytes() throws IOException {
        return residentKilobytes() / 1024;
    }

    /** Resident memory in KB. */
    long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    /** Memory that a conmon of this machine has for itself, its share of what they share included; the median. */
    static long shimKilobytes() {
        Figures figures = new Figures("KB");
        ProcessHandle.allProcesses()
                .filter(process -> process.info().command().orElse("").endsWith("/conmon"))
                .forEach(process -> {
                    try {
                        Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup")).stream()
                                .filter(line -> line.startsWith("Pss:"))
                                .forEach(line -> figures.add(Double.parseDouble(line.replaceAll("\\D", ""))));
                    } catch (IOException e) {
                        // It ended meanwhile.
                    }
                });
        return Math.round(figures.quantile(0.5));
    }
}
