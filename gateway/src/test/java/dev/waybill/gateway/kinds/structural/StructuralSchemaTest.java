package dev.waybill.gateway.kinds.structural;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Defaults, pruning and checks of structural schemas, in plain data. */
class StructuralSchemaTest {
    @Test
    void defaultsFillWhatIsMissingAtEveryDepth() {
        JsonNode value = json("{'list':[{},{'a':2}],'map':{'k':{}},'none':null}");
        SchemaFields.defaults(
                value,
                json("{'properties':{'x':{'default':'d'},'none':{'default':1},"
                        + "'list':{'items':{'properties':{'a':{'default':1}}}},"
                        + "'map':{'additionalProperties':{'properties':{'b':{'default':true}}}}}}"));
        assertThat(value).isEqualTo(json("{'list':[{'a':1},{'a':2}],'map':{'k':{'b':true}},'none':1,'x':'d'}"));
    }

    @Test
    void pruningKeepsWhatTheSchemaNamesOrPreserves() {
        JsonNode value = json("{'kind':'K','metadata':{'name':'n'},'odd':1,'spec':{'a':1,'b':2},'free':{'c':3},"
                + "'map':{'k':{'a':1,'z':2}},'list':[{'a':1,'z':2}],'pod':{'metadata':{},'kind':'Pod','z':1}}");
        List<String> pruned = new ArrayList<>();
        SchemaFields.prune(
                value,
                json("{'properties':{'spec':{'properties':{'a':{}}},"
                        + "'free':{'x-kubernetes-preserve-unknown-fields':true},"
                        + "'map':{'additionalProperties':{'properties':{'a':{}}}},"
                        + "'list':{'items':{'properties':{'a':{}}}},"
                        + "'pod':{'x-kubernetes-embedded-resource':true}}}"),
                true,
                "",
                pruned);
        assertThat(value)
                .isEqualTo(json("{'kind':'K','metadata':{'name':'n'},'spec':{'a':1},'free':{'c':3},"
                        + "'map':{'k':{'a':1}},'list':[{'a':1}],'pod':{'metadata':{},'kind':'Pod'}}"));
        assertThat(pruned).containsExactly("odd", "spec.b", "map.k.z", "list[0].z", "pod.z");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'x'|{'type':'integer'}|f: Invalid value: \"string\": f in body must be of type integer: \"string\"",
                "3|{'type':'integer','maximum':2}|f: Invalid value: 3: f in body should be less than or equal to 2",
                "2|{'minimum':2,'exclusiveMinimum':true}|f: Invalid value: 2: f in body should be greater than 2",
                "'ab'|{'type':'string','pattern':'^a$'}|f: Invalid value: \"ab\": f in body should match '^a$'",
                "'c'|{'enum':['a','b']}|f: Unsupported value: \"c\": supported values: \"a\", \"b\"",
                "{}|{'type':'object','required':['a']}|f.a: Required value",
                "['a','a']|{'type':'array','x-kubernetes-list-type':'set','items':{}}|f[1]: Duplicate value: \"a\"",
                "true|{'x-kubernetes-int-or-string':true}|f: Invalid value: \"boolean\": f in body must be of type integer,string: \"boolean\"",
                "1|{'oneOf':[{'minimum':0},{'maximum':5}]}|f: Invalid value: : f in body must validate one and only one schema (oneOf)",
            })
    void whatIsWrongIsSaidInKubernetesWords(String value, String schema, String message) {
        assertThat(errors(value, schema)).containsExactly(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null|{'type':'string','nullable':true}",
                "'80%'|{'x-kubernetes-int-or-string':true}",
                "80|{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}]}",
                "{'a':null}|{'type':'object','properties':{'a':{'type':'string'}}}",
                "1.5|{'type':'number','multipleOf':0.5}",
                "'2026-01-01T00:00:00Z'|{'type':'string','format':'date-time'}",
            })
    void whatFitsPasses(String value, String schema) {
        assertThat(errors(value, schema)).isEmpty();
    }

    @Test
    void listsMergeAsTheirSchemaSays() {
        MergeShape shape = new StructuralShape(
                json("{'properties':{'spec':{'properties':{'ports':{'x-kubernetes-list-type':'map',"
                        + "'x-kubernetes-list-map-keys':['port','name'],'items':{'properties':{'port':{},"
                        + "'name':{'default':'d'}}}},'sel':{'x-kubernetes-map-type':'atomic'}}}}}"),
                true);
        MergeShape ports = shape.field("spec").field("ports");
        assertThat(ports.listType()).isEqualTo(MergeShape.ListType.MAP);
        assertThat(ports.keys()).containsExactly("name", "port");
        assertThat(String.valueOf(ports.keyDefault("name"))).isEqualTo("\"d\"");
        assertThat(shape.field("spec").field("sel").atomic()).isTrue();
        assertThat(shape.field("metadata").field("finalizers").listType()).isEqualTo(MergeShape.ListType.SET);
    }

    private static List<String> errors(String value, String schema) {
        List<FieldError> errors = new ArrayList<>();
        SchemaValidation.check(json(value), json(schema), "f", errors);
        return errors.stream().map(FieldError::sentence).toList();
    }

    private static JsonNode json(String text) {
        return Json.parse(text.replace('\'', '"'));
    }
}
