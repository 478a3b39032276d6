package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.LimitedContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Of which memory nodes a container's memory is, on a machine that has two. */
final class MemoryNodes {
    private static final Pattern ANONYMOUS = Pattern.compile("(?m)^anon\\b.* N0=(\\d+) N1=(\\d+)");
    private static final int MOST = 95;

    private MemoryNodes() {}

    interface Statistics {
        /** The file memory.numa_stat of a container. */
        Path of(LimitedContainer container);
    }

    static void check(Statistics statistics) throws Exception {
        for (int node : new int[] {0, 1}) {
            // The CPU is the other node's, whose memory it would take by itself.
            Map<String, String> knobs =
                    Map.of("waybill.dev/cpuset-mems", "" + node, "waybill.dev/cpuset-cpus", "" + (1 - node));
            try (LimitedContainer container = LimitedContainer.start("{}", knobs, UnifiedLimits.fill(24))) {
                assertThat(container.limits()).containsEntry("cpuset.mems", "" + node);
                container.awaitOutput("filled");
                long[] used = used(statistics.of(container));
                System.out.printf("memory of node %d alone: %d of node 0, %d of node 1%n", node, used[0], used[1]);
                assertThat(100 * used[node] / (used[0] + used[1])).isGreaterThan(MOST);
            }
        }
    }

    /** What each of the nodes has, in the unit of the version. */
    private static long[] used(Path file) throws IOException {
        String text = Files.readString(file);
        Matcher matcher = ANONYMOUS.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return new long[] {Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))};
    }
}
