package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiCallTest {
    @ParameterizedTest
    @ValueSource(strings = {"true", "True", "1", "", "yes"})
    void aParameterThatIsThereIsTrue(String value) {
        assertThat(ApiCall.flag(Map.of("watch", new String[] {value}), "watch")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "False", "FALSE", "0"})
    void unlessItSaysNo(String value) {
        assertThat(ApiCall.flag(Map.of("watch", new String[] {value}), "watch")).isFalse();
    }

    @Test
    void absenceIsNo() {
        assertThat(ApiCall.flag(Map.of(), "watch")).isFalse();
    }
}
