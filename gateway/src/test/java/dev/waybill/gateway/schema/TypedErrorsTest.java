package dev.waybill.gateway.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.StandardShape;
import dev.waybill.gateway.kinds.structural.StructuralShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class TypedErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'spec':{'containers':[{'name':'c','odd':1}]}} | .spec.containers[name=\"c\"].odd: field not declared in schema",
                "{'spec':{'containers':[{'name':'c','ports':[{'containerPort':80,'hostPort':'x'}]}]}} | .spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].hostPort: expected numeric (int or float), got string",
                "{'spec':{'containers':[{'name':'c','env':[{'name':'A','value':1}]}]}} | .spec.containers[name=\"c\"].env[name=\"A\"].value: expected string, got &value.valueUnstructured{Value:1}",
                "{'spec':{'containers':[{'name':'c','image':{'b':[1],'a':'x'}}]}} | .spec.containers[name=\"c\"].image: expected string, got &value.valueUnstructured{Value:map[string]interface {}{\"a\":\"x\", \"b\":[]interface {}{1}}}",
                "{'spec':{'containers':[{'name':'c','tty':'yes'}]}} | .spec.containers[name=\"c\"].tty: expected boolean, got &{yes}",
                "{'spec':{'containers':[{'name':'c','command':['a',1]}]}} | .spec.containers[name=\"c\"].command[1]: expected string, got &value.valueUnstructured{Value:1}",
                "{'spec':{'containers':{'b':1,'a':[true]}}} | .spec.containers: expected list, got &{map[a:[true] b:1]}",
                "{'spec':'x'} | .spec: expected map, got &{x}",
                "{'spec':{'containers':[{'image':'i'}]}} | .spec.containers: element 0: associative list with keys has an element that omits key field \"name\" (and doesn't have default value)",
                "{'spec':{'containers':[null]}} | .spec.containers: element 0: associative list with keys may not have a null element",
                "{'spec':{'containers':['c']}} | .spec.containers: element 0: associative list with keys may not have non-map elements",
                "{'spec':{'containers':[{'name':'c'},{'name':'c'}]}} | .spec.containers: duplicate entries for key [name=\"c\"]",
                "{'metadata':{'finalizers':['a/b','a/b']}} | .metadata.finalizers: duplicate entries for key [=\"a/b\"]",
                "{'metadata':{'labels':{'a':1}}} | .metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}",
                "{'spec':{'tolerations':[{'odd':1}]}} | .spec.tolerations[0].odd: field not declared in schema",
                "{'spec':{'containers':[{'name':'c','resources':{'limits':{'cpu':[]}}}]}} | .spec.containers[name=\"c\"].resources.limits.cpu: expected any scalar, got &{[]}",
            })
    void elementsAreNamedByTheirKeys(String manifest, String error) {
        assertThat(TypedErrors.of(
                        ObjectSchema.of("", "v1", "Pod"),
                        (ObjectNode) Json.parse(manifest.replace('\'', '"')),
                        StandardShape.ROOT))
                .containsExactly(error);
    }

    @Test
    void whatFitsIsNoError() {
        String pod = "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','labels':{'a':'b'}},'spec':{'containers':"
                + "[{'name':'c','image':null,'ports':[{'containerPort':1},{'containerPort':1,'protocol':'UDP'}],"
                + "'resources':{'limits':{'cpu':1,'memory':'1Gi'}}}]}}";
        assertThat(TypedErrors.of(
                        ObjectSchema.of("", "v1", "Pod"),
                        (ObjectNode) Json.parse(pod.replace('\'', '"')),
                        StandardShape.ROOT))
                .isEmpty();
    }

    @Test
    void definedKindsAreReadByTheirSchema() {
        JsonNode schema = Json.parse("""
                {'type':'object','properties':{'spec':{'type':'object','properties':{
                  'parts':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['id'],
                    'items':{'type':'object','properties':{'id':{'type':'integer'},'on':{'type':'boolean'}}}},
                  'free':{'type':'object','x-kubernetes-preserve-unknown-fields':true,
                    'properties':{'size':{'type':'number'}}},
                  'port':{'x-kubernetes-int-or-string':true}}}}}""".replace('\'', '"'));
        String thing = "{'apiVersion':'a/v1','kind':'T','metadata':{'odd':1},'spec':{'odd':1,'port':'http',"
                + "'free':{'any':[1],'size':'x'},'parts':[{'id':7,'on':1,'odd':2}]},'status':{}}";
        assertThat(TypedErrors.of(
                        ObjectSchema.ofDefinition(schema),
                        (ObjectNode) Json.parse(thing.replace('\'', '"')),
                        new StructuralShape(schema, true)))
                .containsExactly(
                        ".metadata.odd: field not declared in schema",
                        ".spec.odd: field not declared in schema",
                        ".spec.free.size: expected numeric (int or float), got string",
                        ".spec.parts[id=7].on: expected boolean, got &{1}",
                        ".spec.parts[id=7].odd: field not declared in schema",
                        ".status: field not declared in schema");
    }
}
