package dev.waybill.gateway.kinds.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What evaluations cost is what Kubernetes' own tests expect (TestCelCostStability of apiextensions-apiserver). */
class RunningCostTest {
    private static final String SCHEMA = """
            {type: object, properties: {
             i: {type: integer}, j: {type: integer}, s: {type: string}, t: {type: string},
             l: {type: array, items: {type: integer}}, m: {type: array, items: {type: integer}},
             map: {type: object, additionalProperties: {type: integer}},
             a: {type: object, properties: {b: {type: integer}, c: {type: integer}}},
             maps: {type: array, items: {type: object, properties: {
              k: {type: string}, v: {type: string}, v2: {type: string}}}}}}""";

    private static final String VALUE = """
            {i: 5, j: 5, s: "Rook takes \\U0001F451", t: "Rook takes \\U0001F451", l: [1, 2, 3], m: [1, 2, 3],
             map: {b: 1, d: 2}, a: {b: 1},
             maps: [{k: a1, v: b1}, {k: a2, v: b2}, {k: a3, v: b3, v2: z}]}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "self.i == self.j | 5",
                "type(self.i) == int | 4",
                "double(self.i) < 10.0 | 4",
                "double(5) < 10.0 | 1",
                "self.s.startsWith('Rook') | 4",
                "!self.s.startsWith('knight') | 5",
                "self.s.matches('^[^0-9]*$') | 8",
                "size(self.s) == 12 | 4",
                "self.s.charAt(3) == 'k' | 4",
                "self.s.indexOf('o') == 1 | 4",
                "self.s.replace(' ', 'x') != '' | 5",
                "self.s.substring(0, 4) == 'Rook' | 5",
                "self.s.substring(4, 10).trim() == 'takes' | 6",
                "self.s == self.t | 6",
                "!(self.s in ['Pending', 'Available']) | 3",
                "1 in self.l | 5",
                "self.m[0] in self.l | 8",
                "!(0 in self.l) | 6",
                "self.l + self.m == [1, 2, 3, 1, 2, 3] | 6",
                "self.l == [1, 2, 3] | 3",
                "has(self.a.b) | 2",
                "!has(self.a.c) | 3",
                "'b' in self.map | 3",
                "!('c' in self.map) | 4",
                "self.map.all(k, self.map[k] > 0) | 17",
                "self.map.exists_one(k, self.map[k] == 2) | 14",
                "!self.map.exists_one(k, self.map[k] > 0) | 17",
                "size(self.map) == 2 | 4",
                "size(self.map.filter(k, self.map[k] > 1)) == 1 | 26",
                "self.maps.all(m, m.k.startsWith('a')) | 21",
                "self.maps.exists(m, m.k.endsWith('1')) | 13",
                "!self.maps.exists(m, m.v == 'x') | 25",
                "self.maps.exists(m, m.k == 'a1' && m.v == 'b1') | 16",
                "size(self.maps.filter(m, m.k == 'a1')) == 1 | 27",
                "self.maps.map(m, m.v).exists(v, v == 'b1') | 55"
            })
    void asInKubernetes(String rule, long cost) throws Exception {
        List<FieldError> errors = new ArrayList<>();
        JsonNode source = JsonMapper.shared().createObjectNode().put("rule", rule);
        ValidationRule compiled = Objects.requireNonNull(
                RuleCompiler.compile(source, yaml(SCHEMA), false, true, "", errors), errors::toString);
        RunningCost counted = compiled.program().counted();
        Object self = SchemaValues.of(yaml(VALUE), yaml(SCHEMA), false);
        assertThat(compiled.program().evaluate(Map.of("self", self), counted)).isEqualTo(true);
        assertThat(counted.cost()).isEqualTo(cost);
    }

    private static JsonNode yaml(String text) {
        return JsonMapper.shared().valueToTree(new Yaml().<Object>load(text));
    }
}
