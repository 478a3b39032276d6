package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "250m, 250m", "1, 1", "1.5, 1500m", "1000m, 1", "0.5, 500m", "1024Mi, 1Gi", "1536Mi, 1536Mi", "512, 512",
        "1Ki, 1Ki", "100k, 100k", "1000k, 1M", "1e3, 1e3", "0, 0", "12300, 12300", "12000, 12k", "0.5Gi, 512Mi",
        "2048, 2048", "-1, -1", "5., 5", ".5, 500m"
    })
    void writesTheCanonicalForm(String text, String canonical) {
        assertThat(Quantity.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1x", "1 Gi", "1.2.3", "--1", "1KI", "Gi", "1e9999"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> Quantity.parse(text)).hasMessageContaining("quantities must match");
    }

    @Test
    void equalAmountsAreEqual() {
        assertThat(Quantity.parse("1000m")).isEqualTo(Quantity.parse("1")).hasSameHashCodeAs(Quantity.parse("1"));
        assertThat(Quantity.parse("0.1m").millis()).isEqualTo(1);
        assertThat(Quantity.parse("64Mi").value()).isEqualTo(64L << 20);
        assertThat(Quantity.parse("250m").plus(Quantity.parse("1"))).hasToString("1250m");
    }
}
