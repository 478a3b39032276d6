package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.Examination.Verdict;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules that take their time are held against objects beside the writer, which believes no verdict about another object. */
class VerdictsTest {
    private static final String GROUP = "rules.example.com";

    /** Takes as long as its text is, which nothing bounds. */
    private static final String SLOW = "[1,2,3].all(a, [1,2,3].all(b, self.s != string(a * b)))";

    private final WriterBench writer = new WriterBench();

    @BeforeEach
    void define() {
        assertThat(writer.create(definition("counters")).getAccepted()).isTrue();
        assertThat(writer.create(counter("a", 1)).getAccepted()).isTrue();
    }

    @Test
    void aRequestIsNotDecidedBeforeItsObjectWasExamined() {
        DesiredStateRequest request = creation(counter("b", 7));
        Decision first = writer.decided(request, null);
        assertThat(first.outcome()).isNull();
        assertThat(first.changes()).isEmpty();
        Decision second = writer.decided(request, verdict(first));
        assertThat(Objects.requireNonNull(second.outcome()).getAccepted()).isTrue();
    }

    @Test
    void whatTheRulesFoundIsTheAnswer() {
        assertThat(writer.create(counter("b", -1)).getMessage())
                .isEqualTo("Counter.rules.example.com \"b\" is invalid: spec: Invalid value: \"object\": not below 0");
        assertThat(patch("{\"spec\":{\"n\":0}}").getMessage())
                .isEqualTo("Counter.rules.example.com \"a\" is invalid: spec: Invalid value: \"object\": not back");
    }

    @Test
    void aVerdictAboutAnObjectThatHasChangedSinceIsNotBelieved() {
        DesiredStateRequest request = patching("{\"spec\":{\"n\":3}}");
        Verdict good = verdict(writer.decided(request, null));
        assertThat(good.findings()).isEmpty();
        assertThat(patch("{\"spec\":{\"n\":5}}").getAccepted()).isTrue();
        Decision stale = writer.decided(request, good);
        assertThat(stale.outcome()).isNull();
        Decision fresh = writer.decided(request, verdict(stale));
        assertThat(Objects.requireNonNull(fresh.outcome()).getCode()).isEqualTo(422);
        assertThat(fresh.outcome().getMessage()).endsWith("not back");
    }

    @Test
    void aVerdictAboutAnotherWishIsNotBelieved() {
        Verdict good = verdict(writer.decided(patching("{\"spec\":{\"n\":3}}"), null));
        assertThat(writer.decided(patching("{\"spec\":{\"n\":0}}"), good).outcome())
                .isNull();
    }

    @Test
    void aVerdictByRulesThatHaveChangedSinceIsNotBelieved() {
        DesiredStateRequest request = creation(counter("b", 7));
        Verdict good = verdict(writer.decided(request, null));
        StoredObject definition = Objects.requireNonNull(writer.image()
                .get(new ResourceKey("apiextensions.k8s.io", "customresourcedefinitions", "", "counters." + GROUP)));
        assertThat(writer.patch(definition, PatchType.JSON, """
                [{"op":"replace","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations/0",
                  "value":{"rule":"self.n < 7"}}]""").getAccepted()).isTrue();
        Decision stale = writer.decided(request, good);
        assertThat(stale.outcome()).isNull();
        assertThat(Objects.requireNonNull(
                                writer.decided(request, verdict(stale)).outcome())
                        .getMessage())
                .endsWith("failed rule: self.n < 7");
    }

    /** The definition of another kind is none of theirs, though kinds are read again with each. */
    @Test
    void whatRulesDoNotSeeMayChange() {
        DesiredStateRequest request = patching("{\"spec\":{\"n\":3}}");
        Verdict good = verdict(writer.decided(request, null));
        assertThat(writer.create(definition("others")).getAccepted()).isTrue();
        assertThat(Objects.requireNonNull(writer.decided(request, good).outcome())
                        .getAccepted())
                .isTrue();
    }

    @Test
    void aNameThatIsGeneratedIsTheOneThatWasExamined() {
        DesiredStateRequest request = writer.administrator(RequestOperation.CREATE, Json.parse(counter("x", 7)))
                .setName("")
                .setManifest(counter("x", 7).replace("\"name\":\"x\"", "\"generateName\":\"made-\""))
                .build();
        Verdict verdict = verdict(writer.decided(request, null));
        String name = Objects.requireNonNull(writer.decided(request, verdict).outcome())
                .getName();
        assertThat(name).startsWith("made-").isEqualTo(verdict.name());
    }

    /** What the rules can cost is known once they are compiled, and a few steps are taken at once. */
    @Test
    void rulesThatTakeFewStepsAreHeldAgainstObjectsAtOnce() {
        assertThat(writer.create(definition("quicks").replace(SLOW, "true")).getAccepted())
                .isTrue();
        String quick = counter("q", 7).replace("Counter", "Quick");
        assertThat(writer.decided(creation(quick), null).outcome())
                .as("to compile takes its time")
                .isNull();
        assertThat(writer.create(quick).getAccepted()).isTrue();
        assertThat(Objects.requireNonNull(writer.decided(creation(quick.replace("\"q\"", "\"r\"")), null)
                                .outcome())
                        .getAccepted())
                .isTrue();
    }

    @Test
    void definitionsAreCompiledBesideTheWriterToo() {
        DesiredStateRequest request = creation(definition("wrongs").replace("self.n >= 0", "self.m >= 0"));
        Decision first = writer.decided(request, null);
        assertThat(first.outcome()).isNull();
        assertThat(Objects.requireNonNull(
                                writer.decided(request, verdict(first)).outcome())
                        .getMessage())
                .contains("undefined field 'm'");
    }

    private static Verdict verdict(Decision decision) {
        return Objects.requireNonNull(decision.unexamined()).verdict();
    }

    private RequestOutcome patch(String patch) {
        return writer.patch(a(), PatchType.MERGE, patch);
    }

    private DesiredStateRequest patching(String patch) {
        return writer.about(RequestOperation.PATCH, a())
                .setPatchType(PatchType.MERGE)
                .setManifest(patch)
                .build();
    }

    private StoredObject a() {
        return Objects.requireNonNull(writer.image().get(new ResourceKey(GROUP, "counters", "default", "a")));
    }

    private DesiredStateRequest creation(String manifest) {
        return writer.administrator(RequestOperation.CREATE, Json.parse(manifest))
                .setManifest(manifest)
                .build();
    }

    private static String definition(String plural) {
        String kind = Character.toUpperCase(plural.charAt(0)) + plural.substring(1, plural.length() - 1);
        return """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"%s.rules.example.com"},
                 "spec":{"group":"rules.example.com","scope":"Namespaced","names":{"plural":"%s","kind":"%s"},
                  "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",
                   "properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"},
                     "s":{"type":"string","default":""}},
                    "x-kubernetes-validations":[{"rule":"self.n >= 0","message":"not below 0"},
                     {"rule":"self.n >= oldSelf.n","message":"not back"},
                     {"rule":"%s"}]}}}}}]}}""".formatted(plural, plural, kind, SLOW);
    }

    private static String counter(String name, int n) {
        return """
                {"apiVersion":"rules.example.com/v1","kind":"Counter",
                 "metadata":{"name":"%s","namespace":"default"},"spec":{"n":%d}}""".formatted(name, n);
    }
}
