package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.agent.NodeResourcesIT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/resources.md names every annotation, and tests that exist. */
class ResourcesDocumentTest {
    private static final Pattern TEST = Pattern.compile("`([a-z]\\w+)`");

    private static List<String> rows() throws Exception {
        return Files.readAllLines(Path.of("../docs/resources.md")).stream()
                .filter(line -> line.startsWith("| "))
                .toList();
    }

    @Test
    void everyAnnotationHasItsRow() throws Exception {
        List<String> rows = rows();
        for (Knob knob : Knob.values()) {
            assertThat(rows)
                    .as(knob.text())
                    .anyMatch(row -> row.contains("`--" + knob.text() + "`") && row.contains("`" + knob.text() + "`"));
        }
    }

    @Test
    void everyTestThatItNamesExists() throws Exception {
        List<String> tests = Arrays.stream(new Class<?>[] {
                    KernelLimitsIT.class,
                    UnifiedLimits.class,
                    BlockIoIT.class,
                    ContainerKnobsTest.class,
                    NodeResourcesIT.class
                })
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .map(java.lang.reflect.Method::getName)
                .toList();
        int named = 0;
        for (String row : rows()) {
            String[] cells = row.split("\\|", -1);
            if (cells.length == 7) {
                Matcher matcher = TEST.matcher(cells[5]);
                while (matcher.find()) {
                    named++;
                    assertThat(tests).contains(matcher.group(1));
                }
            }
        }
        assertThat(named).isGreaterThan(20);
    }
}
