package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Versions stand in one place, the root pom. */
class VersionsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern VERSION = Pattern.compile("<version>");

    @Test
    void noModuleNamesAVersionButItsParents() throws IOException {
        for (Path pom : modulePoms()) {
            assertThat(VERSION.matcher(Files.readString(pom)).results())
                    .as(pom.toString())
                    .hasSize(1);
        }
    }

    private static List<Path> modulePoms() throws IOException {
        try (Stream<Path> children = Files.list(ROOT)) {
            List<Path> poms = children.map(child -> child.resolve("pom.xml"))
                    .filter(Files::exists)
                    .toList();
            assertThat(poms).hasSizeGreaterThan(5);
            return poms;
        }
    }
}
