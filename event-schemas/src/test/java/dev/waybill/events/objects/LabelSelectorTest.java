package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class LabelSelectorTest {
    private static final Map<String, String> LABELS = Map.of("app", "web", "tier", "front");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "app=web|true",
                "app==web,tier=front|true",
                "app!=web|false",
                "app in (web, db)|true",
                "app notin (db)|true",
                "tier|true",
                "!tier|false",
                "!none|true",
                "none=x|false",
                "''|true",
                "app in (db),tier|false"
            })
    void readsTheTextForm(String text, boolean matches) {
        assertThat(LabelSelector.parse(text).matches(LABELS)).isEqualTo(matches);
    }

    @Test
    void refusesWhatIsNone() {
        assertThatThrownBy(() -> LabelSelector.parse("a=b=c")).hasMessageContaining("unable to parse requirement");
    }

    @Test
    void readsTheObjectForm() {
        var selector = JsonMapper.shared().readTree("""
                {"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["front"]}]}
                """);
        assertThat(LabelSelector.of(selector).matches(LABELS)).isTrue();
        assertThat(LabelSelector.of(selector).matches(Map.of("app", "web"))).isFalse();
    }
}
