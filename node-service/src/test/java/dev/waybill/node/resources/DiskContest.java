package dev.waybill.node.resources;

import dev.waybill.node.testing.LimitedContainer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Two containers in pods of their own that read the same disk as fast as they may. Stateless. */
final class DiskContest {
    /** Of each container, so that one of them always waits for the disk, however late the others get to run. */
    private static final int READERS = 4;

    private DiskContest() {}

    /** How many bytes the second reads for each byte of the first; each has the device and an annotation of its own. */
    static double ratio(String disk, String blockSize, String knob, String first, String second, Duration time)
            throws Exception {
        String reader = "dd if=/dev/disk of=/dev/null bs=" + blockSize + " count=1000000 iflag=direct & ";
        String script = reader.repeat(READERS) + "wait";
        try (LimitedContainer one = LimitedContainer.start("{}", knobs(disk, knob, first), script);
                LimitedContainer other = LimitedContainer.startBeside(one, "{}", knobs(disk, knob, second), script)) {
            Thread.sleep(500);
            long[] before = {read(one), read(other)};
            Thread.sleep(time);
            double ratio = (double) (read(other) - before[1]) / Math.max(1, read(one) - before[0]);
            System.out.printf("%s %s and %s: 1 : %.2f%n", knob, first, second, ratio);
            return ratio;
        }
    }

    private static Map<String, String> knobs(String disk, String knob, String value) {
        return new TreeMap<>(Map.of("waybill.dev/device", disk + ":/dev/disk", "waybill.dev/" + knob, value));
    }

    private static long read(LimitedContainer container) {
        return container.cgroups().usage(container.group()).ioReadBytes();
    }
}
