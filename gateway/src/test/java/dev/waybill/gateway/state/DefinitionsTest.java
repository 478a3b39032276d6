package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

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
        writer.patch(held, dev.waybill.events.PatchType.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        writer.chores();
        assertThat(writer.image().get(DEFINITION)).isNull();
        assertThat(writer.image().kinds().byResource("example.com", "things")).isNull();
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
