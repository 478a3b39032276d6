package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldRangeTest {
    private static final List<String> PATH = List.of("metadata", "managedFields");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"metadata":{"managedFields":[{"a":"]}"}],"name":"x"}}       | {"metadata":{"name":"x"}}
            {"metadata":{"name":"x","managedFields":[1]},"spec":{}}      | {"metadata":{"name":"x"},"spec":{}}
            {"metadata":{"a":1 , "managedFields" : {} , "b":2}}          | {"metadata":{"a":1 ,  "b":2}}
            {"metadata":{"managedFields":null}}                          | {"metadata":{}}
            {"spec":{"managedFields":[]},"metadata":{"managedFields":7}} | {"spec":{"managedFields":[]},"metadata":{}}
            {"a":"\\"metadata\\":{","metadata":{"x\\"managedFields":[1],"managedFields":[2]}} | {"a":"\\"metadata\\":{","metadata":{"x\\"managedFields":[1]}}
            """)
    void theTextWithoutItIsTheObjectWithoutTheField(String text, String without) {
        FieldRange range = FieldRange.of(text, PATH).orElseThrow();
        assertThat(text.substring(0, range.from()) + text.substring(range.to())).isEqualTo(without);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"metadata":{"name":"managedFields"}}
            {"managedFields":[],"metadata":[{"managedFields":[]}]}
            {"metadata":"managedFields"}
            {}
            []
            7
            {"metadata":{"managedFields":[1,
            """)
    void whatIsNotThereIsNotFound(String text) {
        assertThat(FieldRange.of(text, PATH)).isEmpty();
    }

    @Test
    void anEmptyTextHasNoField() {
        assertThat(FieldRange.of("", PATH)).isEmpty();
    }
}
