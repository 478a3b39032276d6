package dev.waybill.gateway.kinds.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Costs are what Kubernetes' own tests expect (TestCostEstimation of apiextensions-apiserver). */
class RuleCostTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: array, items: {type: number}} | self.all(x, true) | 4718591",
                "{type: array, maxItems: 10, items: {type: number}} | self.all(x, true) | 32",
                "{type: array, items: {type: string}} | self.all(x, true) | 3145727",
                "{type: array, items: {type: boolean}} | self.all(x, true) | 1887437",
                "{type: array, items: {type: array, items: {type: number}}} | self.all(x, true) | 3145727",
                "{type: object, additionalProperties: {type: number}} | self.all(x, true) | 1348169",
                "{type: object, additionalProperties: {type: string}} | self.all(x, true) | 1179647",
                "{type: object, additionalProperties: {type: boolean}} | self.all(x, true) | 943718",
                "{type: string} | self.contains(\"test\") | 314574",
                "{type: string, maxLength: 10} | self.contains(\"test\") | 5",
                "{type: string} | self.startsWith(\"test\") | 2",
                "{type: string} | size(self + \"hello\") > size(\"hello\") | 314578",
                "{type: array, items: {type: number}} | self[1] == 0.0 | 2",
                "{type: array, items: {type: string}} | self[1] == self[1] | 314577",
                "{type: array, maxItems: 10, items: {type: number}} | self.all(x, self.all(y, true)) | 352",
                "{type: array, maxItems: 10, items: {type: number}} | self.all(x, self.all(y, self.all(z, true))) | 3552",
                "{type: string} | self.matches(\"x\") | 314574",
                "{type: string, maxLength: 50} | self.matches(\"x\") | 22",
                "{type: string} | \"\".matches(\"(((((((((())))))))))[0-9]\") | 7",
                "{type: object, additionalProperties: {type: string}} | self.all(x, x.contains(self[x])) | 2752507",
                "{type: string, maxLength: 0} | self == \"x\" | 1",
                "{type: array, items: {type: number}} | self.all(x, x == 0.0) | 6291454",
                "{type: array, maxItems: 6291456, items: {type: number}} | self.all(x, x == 0.0) | 25165826",
                "{type: array, items: {x-kubernetes-int-or-string: true}} | self.all(x, true) | 4718591",
                "{type: array, items: {x-kubernetes-int-or-string: true}} | self[0] == 5 | 3",
                "{type: array, items: {type: array, items: {type: number}}} | self[0][0] == -1.0 | 3",
                "{type: array, items: {type: object, additionalProperties: {type: number}}} | self[0].x > 2.0 | 4",
                "{type: array, items: {type: string, format: duration}} | self.all(x, true) | 2359295",
                "{type: array, items: {type: string, format: duration}} | self[0].getHours() == 2 | 4",
                "{type: array, items: {type: string, format: date-time}} | self.all(x, true) | 428963",
                "{type: string} | self.find(\"[0-9]+\") == \"\" | 629147",
                "{type: string, maxLength: 10} | self.find(\"[0-9]+\") == \"\" | 11",
                "{type: array, items: {type: string}} | self.join(\" \") == \"aa bb\" | 329853068905",
                "{type: array, maxItems: 10, items: {type: string, maxLength: 10}} | self.join(\" \") == \"aa bb\" | 43",
                "{type: array, items: {type: string}} | self.isSorted() == true | 329854432052",
                "{type: array, maxItems: 10, items: {type: string, maxLength: 10}} | self.isSorted() == true | 52",
                "{type: string} | self.lowerAscii() == \"lower!\" | 314575",
                "{type: object, additionalProperties: {type: integer}} | oldSelf.size() == self.size() | 5",
                "{type: object, additionalProperties: {type: string, format: date-time}} | self[\"a\"] == self[\"b\"] | 8"
            })
    void asKubernetesEstimates(String schema, String rule, long cost) {
        assertThat(compiled(schema, rule).cost()).isEqualTo(cost);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "self.str.replace(self.before, self.after) == \"does not matter\" | 629154",
                "self.str.split(self.separator) == [] | 629160",
            })
    void ofFieldsToo(String rule, long cost) {
        String schema = "{type: object, properties: {str: {type: string}, separator: {type: string},"
                + " before: {type: string, maxLength: 2}, after: {type: string, maxLength: 4}}}";
        assertThat(compiled(schema, rule).cost()).isEqualTo(cost);
    }

    @Test
    void whatIsTooExpensiveIsForbidden() {
        String loops = "self.all(x, self.all(y, x == y))";
        assertThat(refusals(
                        "{type: array, items: {type: integer}, x-kubernetes-validations: [{rule: '" + loops + "'}]}"))
                .containsExactly(
                        "schema.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule"
                                + " cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding"
                                + " maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
                        "schema: Forbidden: estimated rule & messageExpression cost total for entire OpenAPIv3 schema"
                                + " exceeds budget by factor of more than 100x (try simplifying the rule, or adding"
                                + " maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)");
        assertThat(refusals("{type: array, maxItems: 100, items: {type: integer},"
                        + " x-kubernetes-validations: [{rule: '" + loops + "'}]}"))
                .isEmpty();
    }

    @Test
    void aRuleInsideAListCostsAsOftenAsItComes() {
        String rule = "x-kubernetes-validations: [{rule: 'self.contains(\"x\")'}]";
        assertThat(refusals("{type: array, items: {type: string, " + rule + "}}"))
                .first()
                .asString()
                .startsWith(
                        "schema.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule");
        assertThat(refusals("{type: array, maxItems: 64, items: {type: string, maxLength: 1024, " + rule + "}}"))
                .isEmpty();
    }

    private static List<String> refusals(String spec) {
        List<FieldError> errors = new ArrayList<>();
        SchemaRules rules =
                SchemaRules.compile(yaml("{type: object, properties: {spec: " + spec + "}}"), "schema", errors);
        Objects.requireNonNull(rules).checkCost("schema", errors);
        return errors.stream().map(FieldError::sentence).toList();
    }

    private static RuleCompiler.Compiled compiled(String schema, String rule) {
        List<FieldError> errors = new ArrayList<>();
        JsonNode source = JsonMapper.shared().createObjectNode().put("rule", rule);
        ValidationRule compiled = RuleCompiler.compile(source, yaml(schema), false, true, "", errors);
        assertThat(errors).isEmpty();
        return Objects.requireNonNull(compiled).program();
    }

    private static JsonNode yaml(String text) {
        return JsonMapper.shared().valueToTree(new Yaml().<Object>load(text));
    }
}
