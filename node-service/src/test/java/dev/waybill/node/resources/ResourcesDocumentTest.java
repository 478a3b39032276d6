package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.agent.NodeResourcesIT;
import dev.waybill.node.oci.Command;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/resources.md names every flag and every annotation, the files that a container's group has, and tests that exist. */
class ResourcesDocumentTest {
    private static final Pattern TESTS = Pattern.compile("([A-Z])((?: `\\w+`)+)");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern FLAG = Pattern.compile("(?m)^ +(?:-\\w, )?--([a-z0-9-]+)");
    /** Of a Linux host; the kernel offers no more than a refusal for these. */
    private static final Set<Knob> REFUSED = EnumSet.of(Knob.KERNEL_MEMORY, Knob.CPU_RT_PERIOD, Knob.CPU_RT_RUNTIME);

    private static final Map<String, Set<String>> KNOWN = Map.of(
            "K", tests(KernelLimitsIT.class),
            "B", tests(BlockIoIT.class),
            "N", tests(NodeResourcesIT.class),
            "T", tests(ContainerKnobsTest.class),
            "U", UnifiedLimits.checks().keySet());

    /** Methods that JUnit runs, not those that happen to be there. */
    private static Set<String> tests(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Arrays.stream(method.getAnnotations())
                        .anyMatch(annotation ->
                                annotation.annotationType().getSimpleName().endsWith("Test")))
                .map(Method::getName)
                .collect(Collectors.toSet());
    }

    /** A resource flag's row. */
    private record Row(String flags, String manifest, String file1, String file2, String shown1, String shown2) {
        boolean wanted(String file) {
            return !file.isBlank();
        }
    }

    private static String document() throws Exception {
        return Files.readString(Path.of("../docs/resources.md"));
    }

    private static List<Row> rows() throws Exception {
        return document()
                .lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split("\\|", -1))
                .filter(cells -> cells.length == 8)
                .skip(1)
                .map(cells -> new Row(cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]))
                .toList();
    }

    private static Set<String> quoted(String text) {
        Set<String> words = new TreeSet<>();
        Matcher matcher = QUOTED.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group(1));
        }
        return words;
    }

    @Test
    void everyAnnotationHasItsRow() throws Exception {
        List<Row> rows = rows();
        for (Knob knob : Knob.values()) {
            assertThat(rows)
                    .as(knob.text())
                    .anyMatch(row -> quoted(row.flags()).contains("--" + knob.text())
                            && quoted(row.manifest()).contains(knob.text()));
        }
    }

    @Test
    void everyRowNamesTestsOfBothVersionsThatExist() throws Exception {
        assertThat(rows()).hasSizeGreaterThan(28);
        for (Row row : rows()) {
            assertThat(exist(row.shown1()))
                    .as("version 1 of" + row.flags())
                    .isEqualTo(row.wanted(row.file1()) || row.shown1().contains("N "));
            assertThat(exist(row.shown2())).as("version 2 of" + row.flags()).isEqualTo(row.wanted(row.file2()));
        }
        Set<String> changing = new HashSet<>(KNOWN.get("B"));
        changing.retainAll(KNOWN.get("U"));
        assertThat(changing).contains("everyLimitChangesWhileTheContainerRuns");
    }

    /** Whether a cell names any tests; those that it names must be there. */
    private static boolean exist(String cell) {
        Matcher matcher = TESTS.matcher(cell);
        int named = 0;
        while (matcher.find()) {
            Set<String> tests = quoted(matcher.group(2));
            assertThat(KNOWN.get(matcher.group(1))).containsAll(tests);
            named += tests.size();
        }
        assertThat(quoted(cell)).as("all are of a class").hasSize(named);
        return named > 0;
    }

    /** Files that a change reaches are those of the table, and each annotation that can change is among the steps. */
    @Test
    void everyLimitThatCanChangeIsChanged() throws Exception {
        Set<String> files1 =
                rows().stream().flatMap(row -> quoted(row.file1()).stream()).collect(Collectors.toSet());
        Set<String> files2 =
                rows().stream().flatMap(row -> quoted(row.file2()).stream()).collect(Collectors.toSet());
        LiveKnobs.onVersion1("/dev/sda", "8:0")
                .forEach(step -> assertThat(files1).containsAll(step.files().keySet()));
        LiveKnobs.onVersion2("/dev/sda", "8:0")
                .forEach(step -> assertThat(files2).containsAll(step.files().keySet()));
        Set<String> changed =
                LiveKnobs.onVersion1("/dev/sda", "8:0").getFirst().annotations().keySet();
        for (Knob knob : Knob.values()) {
            assertThat(changed.contains("waybill.dev/" + knob.text()))
                    .as(knob.text())
                    .isEqualTo(knob.live() && !REFUSED.contains(knob));
        }
    }

    @Test
    void everyFlagOfDockerRunHasItsRow() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/docker")), "docker is not installed to ask for its flags");
        Set<String> flags = new TreeSet<>();
        Matcher matcher = FLAG.matcher(Command.run(List.of("docker", "run", "--help")));
        while (matcher.find()) {
            flags.add(matcher.group(1));
        }
        flags.remove("help");
        assertThat(flags).hasSizeGreaterThan(90);
        String rows =
                document().lines().filter(line -> line.startsWith("| `--")).collect(Collectors.joining("\n"));
        Set<String> named = quoted(rows);
        assertThat(flags).allMatch(flag -> named.stream().anyMatch(name -> name.split(" ", -1)[0].equals("--" + flag)));
    }
}
