package dev.waybill.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            amd64   | linux/amd64
            x86_64  | linux/amd64
            aarch64 | linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5
            arm     | linux/arm/v7 linux/arm/v6 linux/arm/v5
            riscv64 | linux/riscv64
            """)
    void aMachineRunsOlderVariantsToo(String osArch, String runnable) {
        assertThat(Platform.ofJavaArch(osArch).runnable().stream().map(Platform::toString))
                .containsExactly(runnable.split(" ", -1));
    }

    @ParameterizedTest
    @CsvSource({
        "aarch64,, linux/arm64",
        "arm64, v8, linux/arm64",
        "arm,, linux/arm/v7",
        "arm, 6, linux/arm/v6",
        "x86_64, v1, linux/amd64",
        "amd64, v3, linux/amd64/v3",
    })
    void aPlatformIsSpelledOneWay(String architecture, String variant, String normal) {
        assertThat(new Platform("Linux", architecture, variant == null ? "" : variant).normal())
                .hasToString(normal);
    }
}
