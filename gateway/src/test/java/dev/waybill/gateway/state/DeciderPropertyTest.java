package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What holds after every input, whatever came before it. */
class DeciderPropertyTest {
    private static final String QUOTA = """
            {"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q","namespace":"default"},
             "spec":{"hard":{"pods":"6","requests.cpu":"5"}}}""";

    /** One input, of any kind, about few enough things that inputs meet. */
    record Step(Act act, int pod, int node, int amount) {}

    enum Act {
        CREATE_POD,
        CREATE_PLACED_POD,
        DELETE_POD,
        FORCE_POD,
        BIND,
        END_POD,
        TERMINATE_POD,
        REGISTER_NODE,
        CORDON_NODE,
        DELETE_NODE,
        CREATE_QUOTA,
        CHANGE_QUOTA,
        LABEL_POD,
        CHORES,
        TIME,
        TAKE_OVER
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(2, Arbitraries.of(Act.class)),
                                Tuple.of(1, Arbitraries.of(Act.CREATE_POD, Act.BIND, Act.BIND))),
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.integers().between(0, 3))
                .as(Step::new)
                .list()
                .ofMinSize(30)
                .ofMaxSize(200);
    }

    @Property(tries = 300)
    void theClusterStaysWithinItsLimits(@ForAll("steps") List<Step> steps) {
        WriterBench writer = new WriterBench();
        writer.node("n0", 3);
        writer.node("n1", 4);
        writer.create(QUOTA);
        long sequence = 0;
        for (Step step : steps) {
            int known = writer.log.size();
            long revision = writer.image().revision();
            act(writer, step, ++sequence);
            for (ResourceDelta delta : writer.log.subList(known, writer.log.size())) {
                assertThat(delta.revision()).isGreaterThan(revision);
                assertThat(Json.text(delta.object().json(), "metadata", "resourceVersion"))
                        .isEqualTo(String.valueOf(delta.revision()));
                revision = delta.revision();
            }
            noNodeIsOverCommitted(writer.image());
            quotaSaysWhatIsUsed(writer.image());
        }
        theLogFoldsToTheSameImage(writer);
    }

    @Property(tries = 200)
    void theSameInputTwiceChangesNothingTheSecondTime(@ForAll("steps") List<Step> steps) {
        WriterBench writer = new WriterBench();
        writer.node("n0", 3);
        writer.node("n1", 4);
        long sequence = 0;
        for (Step step : steps) {
            act(writer, step, ++sequence);
            Act act = step.act();
            boolean repeatable = act == Act.BIND || act == Act.END_POD || act == Act.TERMINATE_POD || act == Act.CHORES;
            if (repeatable || act == Act.REGISTER_NODE) {
                long revision = writer.image().revision();
                act(writer, step, sequence);
                assertThat(writer.image().revision()).as("%s", step).isEqualTo(revision);
            }
        }
        DesiredStateRequest.Builder request = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setManifest(WriterBench.podManifest("twice", "0", ""))
                .setUser("admin")
                .setGroups(List.of(Subject.ADMINISTRATORS));
        writer.request(request, "twice", writer.now());
        long revision = writer.image().revision();
        writer.request(request, "twice", writer.now());
        assertThat(writer.image().revision()).isEqualTo(revision);
    }

    private static void act(WriterBench writer, Step step, long sequence) {
        String name = "p" + step.pod;
        String node = "n" + step.node;
        StoredObject pod = writer.find("pods", "default", name);
        StoredObject present = writer.find("nodes", "", node);
        StoredObject quota = writer.find("resourcequotas", "default", "q");
        switch (step.act) {
            case CREATE_POD -> writer.pod(name, step.amount * 500 + "m");
            case CREATE_PLACED_POD ->
                writer.create(WriterBench.podManifest(name, step.amount * 500 + "m", "")
                        .replace("\"spec\":{", "\"spec\":{\"nodeName\":\"" + node + "\","));
            case DELETE_POD -> delete(writer, pod, "{}");
            case FORCE_POD -> delete(writer, pod, "{\"gracePeriodSeconds\":0}");
            case BIND -> writer.bind(name, node);
            case END_POD -> {
                if (pod != null) {
                    writer.status(pod, step.amount % 2 == 0 ? "Succeeded" : "Failed", sequence);
                }
            }
            case TERMINATE_POD -> {
                if (pod != null) {
                    writer.terminated(pod, "Succeeded", sequence);
                }
            }
            case REGISTER_NODE -> writer.node(node, 3 + step.node);
            case CORDON_NODE -> {
                if (present != null) {
                    writer.patch(
                            present, PatchType.MERGE, "{\"spec\":{\"unschedulable\":" + (step.amount % 2 == 0) + "}}");
                }
            }
            case DELETE_NODE -> delete(writer, present, "{}");
            case CREATE_QUOTA -> writer.create(QUOTA);
            case CHANGE_QUOTA -> {
                if (quota != null) {
                    writer.patch(
                            quota, PatchType.MERGE, "{\"spec\":{\"hard\":{\"pods\":\"" + (2 + step.amount) + "\"}}}");
                }
            }
            case LABEL_POD -> {
                if (pod != null) {
                    writer.patch(pod, PatchType.MERGE, "{\"metadata\":{\"labels\":{\"a\":\"" + step.amount + "\"}}}");
                }
            }
            case CHORES -> writer.chores();
            case TIME -> writer.pass(Duration.ofMinutes(step.amount));
            case TAKE_OVER -> writer.takeOver();
        }
    }

    private static void delete(
            WriterBench writer, @org.jspecify.annotations.Nullable StoredObject object, String options) {
        if (object != null) {
            writer.delete(object, options);
        }
    }

    private static void noNodeIsOverCommitted(ResourceImage image) {
        for (StoredObject node : image.list("", "nodes", null)) {
            if (!(node.facts().special() instanceof Special.Node special)) {
                throw new AssertionError(node);
            }
            Use sum = use(image.list("", "pods", null).stream()
                    .filter(pod -> Json.text(pod.json(), "spec", "nodeName").equals(node.name()))
                    .toList());
            assertThat(image.indexes().node(node.name()).use()).isEqualTo(sum);
            assertThat(sum.cpuMillis())
                    .isLessThanOrEqualTo(special.allocatable().cpuMillis());
            assertThat(sum.memoryBytes())
                    .isLessThanOrEqualTo(special.allocatable().memoryBytes());
            assertThat(sum.pods()).isLessThanOrEqualTo(special.allocatable().pods());
        }
    }

    private static void quotaSaysWhatIsUsed(ResourceImage image) {
        Use sum = use(image.list("", "pods", "default"));
        for (StoredObject quota : image.list("", "resourcequotas", "default")) {
            var used = quota.json().path("status").path("used");
            assertThat(Json.text(used, "pods")).isEqualTo(String.valueOf(sum.pods()));
            assertThat(dev.waybill.events.objects.Quantity.parse(Json.text(used, "requests.cpu"))
                            .millis())
                    .isEqualTo(sum.cpuMillis());
        }
    }

    private static Use use(List<StoredObject> pods) {
        Use sum = Use.NONE;
        for (StoredObject pod : pods) {
            if (pod.pod() != null && !pod.pod().terminal()) {
                sum = sum.plus(pod.pod().use());
            }
        }
        return sum;
    }

    private static void theLogFoldsToTheSameImage(WriterBench writer) {
        ResourceImage folded = writer.replayed();
        assertThat(folded.revision()).isEqualTo(writer.image().revision());
        assertThat(folded.indexes()).isEqualTo(writer.image().indexes());
        for (String resource : List.of("pods", "nodes", "resourcequotas", "namespaces", "serviceaccounts")) {
            assertThat(folded.list("", resource, null))
                    .extracting(StoredObject::raw)
                    .isEqualTo(writer.image().list("", resource, null).stream()
                            .map(StoredObject::raw)
                            .toList());
        }
    }
}
