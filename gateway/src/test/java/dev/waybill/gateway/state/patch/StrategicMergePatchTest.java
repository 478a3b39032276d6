package dev.waybill.gateway.state.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** Strategic merge patches, one directive or merge key at a time. */
class StrategicMergePatchTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'spec':{'ports':[{'port':80,'name':'a'},{'port':81}]}}|{'spec':{'ports':[{'port':80,'name':'b'}]}}|{'spec':{'ports':[{'port':80,'name':'b'},{'port':81}]}}",
                "{'spec':{'containers':[{'name':'c','ports':[{'containerPort':1}]}]}}|{'spec':{'containers':[{'name':'c','ports':[{'containerPort':2}]}]}}|{'spec':{'containers':[{'name':'c','ports':[{'containerPort':2},{'containerPort':1}]}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}|{'spec':{'containers':[{'name':'c'}]}}|{'spec':{'containers':[{'name':'c'},{'name':'a'},{'name':'b'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}|{'spec':{'$setElementOrder/containers':[{'name':'b'},{'name':'c'}],'containers':[{'name':'c'}]}}|{'spec':{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}}|{'spec':{'$setElementOrder/containers':[{'name':'c'},{'name':'a'}]}}|{'spec':{'containers':[{'name':'b'},{'name':'c'},{'name':'a'}]}}",
                "{'ports':[{'port':80}]}|{'ports':[{'port':81}]}|{'ports':[{'port':81}]}",
                "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}|{'spec':{'containers':[{'name':'a','$patch':'delete'}]}}|{'spec':{'containers':[{'name':'b'}]}}",
                "{'spec':{'strategy':{'type':'A','x':{}}}}|{'spec':{'strategy':{'$retainKeys':['type'],'type':'B'}}}|{'spec':{'strategy':{'type':'B'}}}",
                "{'metadata':{'finalizers':['a']}}|{'metadata':{'finalizers':['b']}}|{'metadata':{'finalizers':['a','b']}}",
                "{'metadata':{'finalizers':['a','b']}}|{'metadata':{'$deleteFromPrimitiveList/finalizers':['a']}}|{'metadata':{'finalizers':['b']}}",
                "{'spec':{'template':{'a':1}}}|{'spec':{'template':{'$patch':'replace','b':2}}}|{'spec':{'template':{'b':2}}}",
                "{'imagePullSecrets':[{'name':'a'}]}|{'imagePullSecrets':[{'name':'b'}]}|{'imagePullSecrets':[{'name':'b'}]}",
            })
    void mergesByTheKeysOfItsPlace(String object, String patch, String after) throws Exception {
        ObjectNode target = json(object);
        StrategicMergePatch.apply(target, json(patch));
        assertThat(target).isEqualTo(json(after));
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) Json.parse(text.replace('\'', '"'));
    }
}
