package dev.waybill.gateway.state.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.gateway.kinds.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class JsonPatchTest {
    private static final String OBJECT = "{'a':{'b':1,'x/y':2},'l':[1,2]}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'op':'add','path':'/a/c','value':3} | {'a':{'b':1,'x/y':2,'c':3},'l':[1,2]}",
                "{'op':'add','path':'/l/1','value':9} | {'a':{'b':1,'x/y':2},'l':[1,9,2]}",
                "{'op':'add','path':'/l/-','value':9} | {'a':{'b':1,'x/y':2},'l':[1,2,9]}",
                "{'op':'remove','path':'/a/x~1y'} | {'a':{'b':1},'l':[1,2]}",
                "{'op':'remove','path':'/l/0'} | {'a':{'b':1,'x/y':2},'l':[2]}",
                "{'op':'replace','path':'/l/0','value':7} | {'a':{'b':1,'x/y':2},'l':[7,2]}",
                "{'op':'replace','path':'/a/b','value':null} | {'a':{'b':null,'x/y':2},'l':[1,2]}",
                "{'op':'move','from':'/a/b','path':'/m'} | {'a':{'x/y':2},'l':[1,2],'m':1}",
                "{'op':'copy','from':'/a/b','path':'/l/-'} | {'a':{'b':1,'x/y':2},'l':[1,2,1]}",
                "{'op':'test','path':'/l','value':[1,2]} | {'a':{'b':1,'x/y':2},'l':[1,2]}",
                "{'op':'test','path':'/none','value':null} | {'a':{'b':1,'x/y':2},'l':[1,2]}"
            })
    void whatAnOperationMakes(String operation, String expected) throws Exception {
        ObjectNode object = (ObjectNode) json(OBJECT);
        JsonPatch.apply(object, (ArrayNode) json("[" + operation + "]"));
        assertThat(object).isEqualTo(json(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'op':'add','path':'/n/o','value':1} | add operation does not apply: doc is missing path: @/n/o@:"
                        + " missing value",
                "{'op':'add','path':'/a/b/c','value':1} | add operation does not apply: doc is missing path: @/a/b/c@:"
                        + " missing value",
                "{'op':'add','path':'/l/3','value':1} | Unable to access invalid index: 3: invalid index referenced",
                "{'op':'remove','path':'/n/o'} | remove operation does not apply: doc is missing path: @/n/o@:"
                        + " missing value",
                "{'op':'remove','path':'/n'} | error in remove for path: '/n': Unable to remove nonexistent key: n:"
                        + " missing value",
                "{'op':'replace','path':'/n','value':1} | replace operation does not apply: doc is missing key: /n:"
                        + " missing value",
                "{'op':'replace','path':'/n/o','value':1} | replace operation does not apply: doc is missing path:"
                        + " /n/o: missing value",
                "{'op':'test','path':'/a/b','value':2} | testing value /a/b failed: test failed",
                "{'op':'copy','from':'/n','path':'/m'} | error in copy for path: '/n': unable to get nonexistent key: n:"
                        + " missing value",
                "{'op':'jump','path':'/a'} | Unexpected kind: jump"
            })
    void whatCannotBe(String operation, String why) {
        ObjectNode object = (ObjectNode) json(OBJECT);
        ArrayNode operations = (ArrayNode) json("[" + operation + "]");
        assertThatThrownBy(() -> JsonPatch.apply(object, operations))
                .isInstanceOf(InvalidPatchException.class)
                .hasMessage(why.replace('@', '"'));
    }

    private static tools.jackson.databind.JsonNode json(String text) {
        return Json.parse(text.replace('\'', '"'));
    }
}
