package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Kinds that CustomResourceDefinitions bring, as the writer sees them. */
class DefinitionsTest {
    private static final ResourceKey DEFINITION =
            new ResourceKey("apiextensions.k8s.io", "customresourcedefinitions", "", "things.example.com");

    private final WriterBench writer = new WriterBench();

    @Test
    void aDefinitionBringsAKindThatSurvivesATakeover() {
        writer.create(definition("v1"));
        writer.takeOver();
        assertThat(writer.create(thing("a", "finalizers", "[]")).getAccepted()).isTrue();
        assertThat(writer.image().list("example.com", "things", "default")).hasSize(1);
        assertThat(writer.image().kinds().byResource("example.com", "things")).isNotNull();
    }

    @Test
    void anObjectWithAFinalizerHoldsItsDefinitionAlsoAfterATakeover() {
        writer.create(definition("v1"));
        writer.create(thing("a", "finalizers", "[\"example.com/hold\"]"));
        writer.create(thing("b", "finalizers", "[]"));
        writer.delete(Objects.requireNonNull(writer.image().get(DEFINITION)), "{}");
        assertThat(writer.create(thing("c", "finalizers", "[]")).getCode()).isEqualTo(405);
        writer.takeOver();
        writer.chores();
        StoredObject held =
                writer.image().list("example.com", "things", "default").getFirst();
        assertThat(held.name()).isEqualTo("a");
        assertThat(held.deleting()).isTrue();
        writer.patch(held, PatchType.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        writer.chores();
        assertThat(writer.image().get(DEFINITION)).isNull();
        assertThat(writer.image().kinds().byResource("example.com", "things")).isNull();
    }

    @Test
    void nobodyIsAskedToConvertWhatComesByEvent() {
        writer.create(converted("v1"));
        assertThat(writer.create(thing("a", "finalizers", "[]")).getAccepted()).isTrue();
        String other = thing("b", "finalizers", "[]").replace("example.com/v1", "example.com/v2");
        assertThat(writer.create(other).getMessage())
                .isEqualTo("example.com/v2, Kind=Thing is converted by a webhook, which is asked for requests over HTTP"
                        + " alone: send it as example.com/v1, which is stored");
        StoredObject a = writer.image().list("example.com", "things", "default").getFirst();
        assertThat(writer.delete(a, "{}").getAccepted()).isTrue();
        writer.create(thing("c", "finalizers", "[]"));
        StoredObject definition = Objects.requireNonNull(writer.image().get(DEFINITION));
        assertThat(writer.patch(definition, PatchType.JSON, """
                [{"op":"replace","path":"/spec/versions/0/storage","value":false},
                 {"op":"replace","path":"/spec/versions/1/storage","value":true}]""").getAccepted()).isTrue();
        assertThat(writer.update(Json.parse(thing("c", "finalizers", "[]").replace("example.com/v1", "example.com/v2")))
                        .getMessage())
                .contains("it is stored as example.com/v1 and is converted by a webhook");
    }

    @Test
    void onlyTheGatewayIsBelievedThatItConverted() {
        writer.create(converted("v1"));
        var request = writer.administrator(RequestOperation.CREATE, Json.parse(thing("a", "finalizers", "[]")))
                .setManifest(thing("a", "finalizers", "[]"))
                .setConverted(true);
        assertThat(writer.asked(Topics.SCHEDULER_REQUESTS, request).getMessage())
                .isEqualTo("converted: Forbidden: objects are converted by the gateway alone");
        assertThat(writer.published("other", request, "1", writer.now()).getMessage())
                .startsWith("converted: Forbidden");
        assertThat(writer.request(request).getAccepted()).isTrue();
    }

    private static String converted(String stored) {
        return definition(stored).replace("\"versions\":[", """
                        "conversion":{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1"],
                         "clientConfig":{"url":"https://127.0.0.1:1"}}},"versions":[""").replace("}}}]}}", """
                        }}},{"name":"v2","served":true,"storage":false,
                         "schema":{"openAPIV3Schema":{"type":"object"}}}]}}""");
    }

    private static String definition(String version) {
        return """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"things.example.com"},
                 "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
                  "versions":[{"name":"%s","served":true,"storage":true,
                   "schema":{"openAPIV3Schema":{"type":"object"}}}]}}""".formatted(version);
    }

    private static String thing(String name, String field, String value) {
        return """
                {"apiVersion":"example.com/v1","kind":"Thing",
                 "metadata":{"name":"%s","namespace":"default","%s":%s}}""".formatted(name, field, value);
    }
}
