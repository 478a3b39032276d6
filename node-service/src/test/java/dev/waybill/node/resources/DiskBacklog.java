package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.LimitedContainer;

/**
 * Programs that always want more of a disk than it may give, so that its limit alone decides how long they take, however
 * late each of them gets the CPU. Stateless.
 */
final class DiskBacklog {
    private static final int PROGRAMS = 4;

    private DiskBacklog() {}

    /** A script that writes so many blocks to /dev/disk, past the cache. */
    static String writing(String block, int count) {
        return script("if=/dev/zero of=/dev/disk oflag=direct", block, "seek", count);
    }

    /** A script that reads them. */
    static String reading(String block, int count) {
        return script("if=/dev/disk of=/dev/null iflag=direct", block, "skip", count);
    }

    private static String script(String files, String block, String place, int count) {
        int each = count / PROGRAMS;
        return """
            cat /proc/uptime; all=; code=0
            for n in 0 1 2 3; do
              dd %s bs=%s count=%d %s=$((n * %d)) 2>&1 & all="$all $!"
            done
            for one in $all; do wait $one || code=$?; done
            echo code $code; cat /proc/uptime""".formatted(files, block, each, place, each);
    }

    /** How long such a script took in a container. */
    static double seconds(LimitedContainer container) throws InterruptedException {
        assertThat(container.exitCode()).isZero();
        assertThat(container.output()).contains("code 0");
        String[] lines = container.output().split("\n", -1);
        return uptime(lines[lines.length - 1]) - uptime(lines[0]);
    }

    private static double uptime(String line) {
        return Double.parseDouble(line.split(" ", -1)[0]);
    }
}
