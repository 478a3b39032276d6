package dev.waybill.node.resources;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The limits that are set by annotation, each named as the flag of {@code docker run} that sets it. */
public enum Knob {
    MEMORY_SWAP(true),
    MEMORY_RESERVATION(true),
    MEMORY_SWAPPINESS(true),
    OOM_KILL_DISABLE(true),
    KERNEL_MEMORY(true),
    CPU_SHARES(true),
    CPU_PERIOD(true),
    CPU_QUOTA(true),
    CPU_RT_PERIOD(true),
    CPU_RT_RUNTIME(true),
    CPUSET_CPUS(true),
    CPUSET_MEMS(true),
    BLKIO_WEIGHT(true),
    BLKIO_WEIGHT_DEVICE(true),
    DEVICE_READ_BPS(true),
    DEVICE_WRITE_BPS(true),
    DEVICE_READ_IOPS(true),
    DEVICE_WRITE_IOPS(true),
    PIDS_LIMIT(true),
    DEVICE(false),
    DEVICE_CGROUP_RULE(false),
    SHM_SIZE(false),
    ULIMIT(false),
    OOM_SCORE_ADJ(false);

    private final boolean live;

    Knob(boolean live) {
        this.live = live;
    }

    /** Whether a change reaches a container that runs; the others wait for its next start. */
    public boolean live() {
        return live;
    }

    /** As in the annotation's key after the slash. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Knob> of(String text) {
        return Arrays.stream(values()).filter(knob -> knob.text().equals(text)).findFirst();
    }
}
