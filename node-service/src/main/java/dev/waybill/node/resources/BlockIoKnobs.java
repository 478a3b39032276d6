package dev.waybill.node.resources;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Works out the block I/O limits of a container. Used by one thread. */
final class BlockIoKnobs {
    private static final int MIN_WEIGHT = 10;
    private static final int MAX_WEIGHT = 1000;

    private final HostAbilities host;
    private final Reader reader;

    /** Reads the value of an annotation, if the container has it. */
    interface Reader {
        <T> T read(Knob knob, Function<String, T> parser, T absent);
    }

    BlockIoKnobs(HostAbilities host, Reader reader) {
        this.host = host;
        this.reader = reader;
    }

    CgroupLimits.BlockIo resolve() {
        return new CgroupLimits.BlockIo(
                reader.read(Knob.BLKIO_WEIGHT, this::weight, 0),
                reader.read(Knob.BLKIO_WEIGHT_DEVICE, this::deviceWeights, Map.of()),
                rates(Knob.DEVICE_READ_BPS, KnobText::bytes),
                rates(Knob.DEVICE_WRITE_BPS, KnobText::bytes),
                rates(Knob.DEVICE_READ_IOPS, KnobText::iops),
                rates(Knob.DEVICE_WRITE_IOPS, KnobText::iops));
    }

    private int weight(String text) {
        long weight = KnobText.number(text, MIN_WEIGHT, MAX_WEIGHT);
        if (!host.bfqInUse()) {
            throw new IllegalArgumentException(
                    "no disk of this machine uses the BFQ scheduler, so weights have no effect");
        }
        return (int) weight;
    }

    private Map<String, Long> deviceWeights(String text) {
        return byDevice(text, (disk, value) -> {
            if (!disk.scheduler().equals("bfq")) {
                throw new IllegalArgumentException(disk.path() + " uses the scheduler \"" + disk.scheduler()
                        + "\"; weights need bfq (/sys/dev/block/" + disk.number() + "/queue/scheduler)");
            }
            return KnobText.number(value, MIN_WEIGHT, MAX_WEIGHT);
        });
    }

    private Map<String, Long> rates(Knob knob, Function<String, Long> parser) {
        return reader.read(
                knob,
                text -> {
                    if (!host.limitsIo()) {
                        throw new IllegalArgumentException("this machine has no control groups for block I/O");
                    }
                    return byDevice(text, (_, value) -> positive(parser.apply(value)));
                },
                Map.of());
    }

    private static long positive(long rate) {
        if (rate == 0) {
            throw new IllegalArgumentException("a rate must be above 0");
        }
        return rate;
    }

    /** Reads the value for a disk. */
    private interface ForDisk {
        long read(HostDevice disk, String value);
    }

    private Map<String, Long> byDevice(String text, ForDisk parser) {
        Map<String, Long> values = new TreeMap<>();
        for (String entry : KnobText.entries(text)) {
            String[] parts = KnobText.pathAndValue(entry);
            HostDevice disk = host.devices()
                    .apply(parts[0])
                    .filter(device -> device.type() == 'b')
                    .orElseThrow(() -> new IllegalArgumentException(parts[0] + " is no block device of this machine"));
            if (disk.partition()) {
                throw new IllegalArgumentException(parts[0] + " is a partition; the kernel limits whole disks");
            }
            values.put(disk.number(), parser.read(disk, parts[1]));
        }
        return values;
    }
}
