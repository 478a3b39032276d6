package dev.waybill.gateway.kinds.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Validation rules in CEL: what they see, what they say, and what they may cost. */
class SchemaRulesTest {
    private static final String FIELDS =
            "replicas: {type: integer}, minimum: {type: integer}, names: {type: array, items:"
                    + " {type: string}}, since: {type: string, format: date-time}, open: {type: object,"
                    + " x-kubernetes-preserve-unknown-fields: true}, by-name: {type: object, additionalProperties: {type: string}},"
                    + " port: {x-kubernetes-int-or-string: true}, ratio: {type: number}";

    @Test
    void aRuleThatFailsSaysWhereAndWhat() {
        assertThat(spec("[{rule: self.replicas >= self.minimum, message: too few}]", "{replicas: 1, minimum: 2}"))
                .containsExactly("spec: Invalid value: \"object\": too few");
        assertThat(spec("[{rule: self.replicas >= self.minimum}]", "{replicas: 1, minimum: 2}"))
                .containsExactly("spec: Invalid value: \"object\": failed rule: self.replicas >= self.minimum");
        assertThat(spec("[{rule: self.replicas >= self.minimum}]", "{replicas: 2, minimum: 2}"))
                .isEmpty();
    }

    @Test
    void reasonFieldPathAndComputedMessageShapeTheError() {
        assertThat(spec(
                        "[{rule: 'self.replicas < 3', reason: FieldValueForbidden, fieldPath: .replicas,"
                                + " messageExpression: '\"at most 2, not \" + string(self.replicas)'}]",
                        "{replicas: 5}"))
                .containsExactly("spec.replicas: Forbidden: at most 2, not 5");
        assertThat(spec(
                        "[{rule: 'self.replicas < 3', message: plain, messageExpression: 'string(10 / (self.replicas - 5))'}]",
                        "{replicas: 5}"))
                .as("a message that cannot be computed")
                .containsExactly("spec: Invalid value: \"object\": plain");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "has(self.names) && self.names.all(n, n.size() < 3)",
                "self.since < timestamp(\"2030-01-01T00:00:00Z\")",
                "self.open.anything == 1",
                "self.by__dash__name[\"k\"] == \"v\"",
                "self.port == 80 || self.port == \"http\"",
                "self.names.isSorted() && self.names.indexOf(\"b\") == 1 && self.names.max() == \"b\"",
                "[1, 2, 3].sum() == 6",
                "\"a1b22\".findAll(\"[0-9]+\") == [\"1\", \"22\"] && \"a1b22\".find(\"[0-9]+\") == \"1\"",
                "self.names.join(\"-\") == \"a-b\" && \"A\".lowerAscii() == \"a\"",
                "sets.contains(self.names, [\"a\"])",
                "self.ratio > 1 && self.ratio < 2.0",
                "!has(self.replicas)"
            })
    void whatKubernetesOffersIsThere(String rule) {
        assertThat(spec(
                        "[{rule: '" + rule + "'}]",
                        "{names: [a, b], since: '2026-01-01T00:00:00Z', open: {anything: 1}, by-name: {k: v}, port: 80,"
                                + " ratio: 1.5}"))
                .isEmpty();
    }

    @Test
    void aRuleAboutAChangeIsSilentWhenThereIsNone() {
        String rules = "[{rule: self.replicas >= oldSelf.replicas, message: may only grow}]";
        assertThat(spec(rules, "{replicas: 1}")).isEmpty();
        assertThat(change(rules, "{replicas: 2}", "{replicas: 1}"))
                .containsExactly("spec: Invalid value: \"object\": may only grow");
        assertThat(change(
                        "[{rule: 'oldSelf.hasValue() ? self.replicas == oldSelf.value().replicas : self.replicas == 1',"
                                + " optionalOldSelf: true, message: one at first}]",
                        null,
                        "{replicas: 2}"))
                .containsExactly("spec: Invalid value: \"object\": one at first");
    }

    @Test
    void whatDoesNotChangeStaysValidUnderANewRule() {
        String rules = "[{rule: self.replicas < 3}]";
        assertThat(change(rules, "{replicas: 5}", "{replicas: 5}")).isEmpty();
        assertThat(change(rules, "{replicas: 5}", "{replicas: 6}")).hasSize(1);
    }

    @Test
    void elementsOfKeyedListsFindTheirFormerSelves() {
        String schema = "{type: object, properties: {ports: {type: array, x-kubernetes-list-type: map,"
                + " x-kubernetes-list-map-keys: [name], items: {type: object, properties: {name: {type: string}, port:"
                + " {type: integer}}, x-kubernetes-validations: [{rule: self.port == oldSelf.port, message: fixed}]}}}}";
        SchemaRules rules = compile(schema);
        List<FieldError> errors = new ArrayList<>();
        rules.check(
                yaml("{ports: [{name: b, port: 3}, {name: a, port: 1}]}"),
                yaml("{ports: [{name: a, port: 1}, {name: b, port: 2}]}"),
                "",
                errors);
        assertThat(errors)
                .extracting(FieldError::sentence)
                .containsExactly("ports[0]: Invalid value: \"object\": fixed");
    }

    @Test
    void theWholeObjectShowsItsNameAndNoMoreOfItsMetadata() {
        SchemaRules rules =
                compile("{type: object, x-kubernetes-validations: [{rule: 'self.metadata.name.startsWith(\"a\")'}]}");
        List<FieldError> errors = new ArrayList<>();
        rules.check(yaml("{apiVersion: v1, kind: K, metadata: {name: b}}"), null, "", errors);
        assertThat(errors)
                .extracting(FieldError::sentence)
                .containsExactly("<nil>: Invalid value: \"object\": failed rule: self.metadata.name.startsWith(\"a\")");
        assertThat(broken("self.metadata.labels.size() > 0", "{type: object")).contains("undefined field 'labels'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            self.nothing == 1 | undefined field 'nothing'
            self.replicas == | compilation failed: ERROR
            self.replicas + 1 | cel expression must evaluate to a bool
            other.replicas > 1 | undeclared reference to 'other'
            self.replicas > "a" | found no matching overload
            """)
    void aRuleThatCannotHoldRefusesItsDefinition(String rule, String why) {
        assertThat(broken(rule, "{type: object, properties: {" + FIELDS + "}"))
                .startsWith("schema.x-kubernetes-validations[0].rule: Invalid value: ")
                .contains(why);
    }

    @Test
    void formerSelvesThatNobodyCanFindRefuseTheDefinition() {
        List<FieldError> errors = new ArrayList<>();
        SchemaRules.compile(
                yaml("{type: object, properties: {l: {type: array, items: {type: string, x-kubernetes-validations:"
                        + " [{rule: self == oldSelf}]}}}}"),
                "schema",
                errors);
        assertThat(errors).singleElement().satisfies(error -> {
            assertThat(error.field()).isEqualTo("schema.properties[l].items.x-kubernetes-validations[0].rule");
            assertThat(error.message()).contains("uncorrelatable portion of the schema");
        });
    }

    @Test
    void aRuleThatWouldRunForeverIsStopped() {
        StringBuilder names = new StringBuilder("[");
        names.append("x, ".repeat(400)).append("x]");
        String forever = "self.names.all(a, self.names.all(b, self.names.all(c, a == c)))";
        List<String> errors = spec("[{rule: '" + forever + "'}, {rule: 'false'}]", "{names: " + names + "}");
        assertThat(errors)
                .containsExactly(
                        "spec: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no"
                                + " further validation rules will be run due to call cost exceeds limit for rule: failed rule: "
                                + forever);
    }

    @Test
    void rulesInLargeListsComeToAnEnd() {
        SchemaRules rules = compile("{type: object, properties: {l: {type: array, items: {type: integer,"
                + " x-kubernetes-validations: [{rule: '[1].all(x, [1].all(y, self < 100000 && x == y))'}]}}}}");
        assertThat(list(rules, 10_000)).isEmpty();
        assertThat(list(rules, 1_000_000))
                .singleElement()
                .satisfies(error -> assertThat(error.message())
                        .isEqualTo("Invalid value: \"integer\": validation failed due to running out of cost budget, no"
                                + " further validation rules will be run"));
    }

    private static List<FieldError> list(SchemaRules rules, int length) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        ArrayNode list = object.putArray("l");
        for (int i = 0; i < length; i++) {
            list.add(i % 100);
        }
        List<FieldError> errors = new ArrayList<>();
        rules.check(object, null, "", errors);
        return errors;
    }

    @Test
    void aSchemaWithoutRulesHasNone() {
        assertThat(SchemaRules.has(yaml("{type: object, properties: {" + FIELDS + "}}")))
                .isFalse();
    }

    private static List<String> spec(String rules, String value) {
        return change(rules, null, value);
    }

    private static List<String> change(String rules, @org.jspecify.annotations.Nullable String before, String after) {
        SchemaRules compiled = compile("{type: object, properties: {spec: {type: object, properties: {" + FIELDS
                + "}, x-kubernetes-validations: " + rules + "}}}");
        List<FieldError> errors = new ArrayList<>();
        compiled.check(
                yaml("{spec: " + after + "}"), before == null ? null : yaml("{spec: " + before + "}"), "", errors);
        return errors.stream().map(FieldError::sentence).toList();
    }

    private static SchemaRules compile(String schema) {
        List<FieldError> errors = new ArrayList<>();
        SchemaRules rules = SchemaRules.compile(yaml(schema), "schema", errors);
        assertThat(errors).isEmpty();
        assertThat(rules).isNotNull();
        return java.util.Objects.requireNonNull(rules);
    }

    private static String broken(String rule, String openSchema) {
        List<FieldError> errors = new ArrayList<>();
        SchemaRules.compile(
                yaml(openSchema + ", x-kubernetes-validations: [{rule: '" + rule + "'}]}"), "schema", errors);
        assertThat(errors).hasSize(1);
        return errors.getFirst().sentence();
    }

    private static JsonNode yaml(String text) {
        return JsonMapper.shared().valueToTree(new Yaml().load(text));
    }
}
