package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

/** Fields that are there twice, with the places that clients are told. */
class DuplicateFieldsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'a':1,'a':2}|[duplicate field \"a\"]",
                "{'a':{'b':[{'c':1},{'c':1,'c':2}]},'b':{'c':1}}|[duplicate field \"a.b[1].c\"]",
                "{'a':[[1,2],{'x':{'y':1,'y':{'z':1,'z':2}}}]}|[duplicate field \"a[1].x.y\", duplicate field \"a[1].x.y.z\"]",
                "{'a':[{'b':1},{'b':1}],'c':{'a':1}}|[]",
                "[]|[]"
            })
    void ofJson(String json, String expected) {
        assertThat(DuplicateFields.ofJson(JsonMapper.shared().createParser(json.replace('\'', '"'))))
                .hasToString(expected);
    }

    @Test
    void ofYamlByItsLinesAndEachAliasOnce() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(true);
        String yaml = """
                shared: &shared
                  a: 1
                  a: 2
                again: *shared
                list:
                  - b: 1
                    b: 2
                """;
        assertThat(DuplicateFields.ofYaml(new Yaml(options).compose(new StringReader(yaml))))
                .containsExactly("yaml: unmarshal errors:\n  line 3: key \"a\" already set in map\n"
                        .concat("  line 7: key \"b\" already set in map"));
    }
}
