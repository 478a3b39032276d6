package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoDurationTest {

    @ParameterizedTest
    @CsvSource({"0,0", "5s,5000", "1h30m,5400000", "1.5s,1500", "300ms,300", ".5m,30000", "-2s,-2000", "+1s,1000"})
    void whatGoReads(String text, long millis) {
        assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10 | time: missing unit in duration \"10\"",
                "3x | time: unknown unit \"x\" in duration \"3x\"",
                "soon | time: invalid duration \"soon\"",
                "1s2 | time: missing unit in duration \"1s2\"",
                "- | time: invalid duration \"-\"",
                "99999999999h | time: invalid duration \"99999999999h\""
            })
    void whatGoDoesNot(String text, String why) {
        assertThatThrownBy(() -> GoDuration.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(why);
    }
}
