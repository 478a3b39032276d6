package dev.waybill.scheduler.endpoints;

import static dev.waybill.scheduler.Objects.manifest;
import static dev.waybill.scheduler.Objects.object;
import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Endpoints and slices, with a writer that does what it is asked. */
class EndpointControlTest {
    private final ClusterImage cluster = new ClusterImage();
    private final EndpointControl control = new EndpointControl(cluster);
    private final TreeMap<String, ObjectView> written = new TreeMap<>();
    private long revision;

    @Test
    void readyPodsAreAddressesAndOthersAreNot() {
        service("'ports':[{'name':'web','port':80,'targetPort':'http','protocol':'TCP'}]");
        pod("a", "10.0.0.1", true, "");
        pod("b", "10.0.0.2", false, "");
        pod("c", "", true, "");
        settle();
        JsonNode slice = slices().getFirst().json();
        assertThat(slice.path("endpoints"))
                .extracting(each -> each.at("/addresses/0").asString() + " "
                        + each.at("/conditions/ready").asBoolean() + " "
                        + each.at("/targetRef/name").asString())
                .containsExactly("10.0.0.1 true a", "10.0.0.2 false b");
        assertThat(slice.at("/ports/0/port").asInt()).isEqualTo(8080);
        assertThat(slice.at("/metadata/labels")
                        .path("kubernetes.io/service-name")
                        .asString())
                .isEqualTo("s");
        assertThat(slice.at("/metadata/ownerReferences/0/uid").asString()).isEqualTo("s");
        JsonNode subset = endpoints().at("/subsets/0");
        assertThat(subset.at("/addresses/0/ip").asString()).isEqualTo("10.0.0.1");
        assertThat(subset.at("/notReadyAddresses/0/ip").asString()).isEqualTo("10.0.0.2");
        assertThat(subset.at("/ports/0/name").asString()).isEqualTo("web");
    }

    @Test
    void whatIsAsItShouldBeIsLeftAlone() {
        service("'ports':[{'port':80,'targetPort':8080}]");
        pod("a", "10.0.0.1", true, "");
        settle();
        long last = revision;
        pod("a", "10.0.0.1", true, "");
        assertThat(decide()).isEmpty();
        assertThat(revision).isEqualTo(last + 1);
    }

    @Test
    void aPodThatGoesLeavesTheEndpointsAndIsTerminatingInItsSlice() {
        service("'ports':[{'port':80,'targetPort':8080}]");
        pod("a", "10.0.0.1", true, ",'deletionTimestamp':'2026-01-01T00:00:00Z'");
        settle();
        JsonNode conditions = slices().getFirst().json().at("/endpoints/0/conditions");
        assertThat(conditions.path("ready").asBoolean()).isFalse();
        assertThat(conditions.path("serving").asBoolean()).isTrue();
        assertThat(conditions.path("terminating").asBoolean()).isTrue();
        assertThat(endpoints().path("subsets").isEmpty()).isTrue();
    }

    @Test
    void aServiceWithoutPodsHasAnEmptySliceAndOneThatPublishesEarlyHasThemAll() {
        service("'publishNotReadyAddresses':true,'ports':[{'port':80,'targetPort':8080}]");
        settle();
        assertThat(slices())
                .singleElement()
                .satisfies(slice ->
                        assertThat(slice.json().path("endpoints").isEmpty()).isTrue());
        pod("a", "10.0.0.1", false, "");
        settle();
        assertThat(slices().getFirst()
                        .json()
                        .at("/endpoints/0/conditions/ready")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void moreThanAHundredPodsTakeSeveralSlicesAndStayWhereTheyAre() {
        service("'ports':[{'port':80,'targetPort':8080}]");
        for (int i = 0; i < 150; i++) {
            pod("p%03d".formatted(i), "10.0.1." + i, true, "");
        }
        settle();
        assertThat(slices())
                .extracting(slice -> slice.json().path("endpoints").size())
                .containsExactlyInAnyOrder(100, 50);
        String full = slices().stream()
                .filter(slice -> slice.json().path("endpoints").size() == 100)
                .findFirst()
                .orElseThrow()
                .name();
        for (int i = 0; i < 40; i++) {
            forget("p%03d".formatted(i));
        }
        assertThat(decide())
                .filteredOn(request -> request.getResource().equals("endpointslices"))
                .as("the other slice is not touched")
                .extracting(DesiredStateRequest::getName)
                .containsExactly(full);
    }

    @Test
    void endpointsEndWithTheirServiceAlsoWhenNobodyLooked() {
        service("'ports':[{'port':80,'targetPort':8080}]");
        settle();
        ObjectView service = object("services", "s", ++revision, "{'metadata':{'name':'s'}}");
        control.replay(service, true);
        assertThat(decide()).singleElement().satisfies(request -> {
            assertThat(request.getOperation()).isEqualTo(RequestOperation.DELETE);
            assertThat(request.getResource()).isEqualTo("endpoints");
        });
        EndpointControl restarted = new EndpointControl(cluster);
        restarted.replay(java.util.Objects.requireNonNull(written.get("endpoints/s")), false);
        restarted.caughtUp();
        List<DesiredStateRequest> sent = new ArrayList<>();
        restarted.decide(uid -> true, (about, request) -> sent.add(request));
        assertThat(sent).extracting(DesiredStateRequest::getOperation).containsExactly(RequestOperation.DELETE);
    }

    @Test
    void servicesWithoutASelectorAreTheirMakersOwn() {
        control.replay(
                object("services", "s", ++revision, "{'metadata':{'name':'s'},'spec':{'ports':[{'port':1}]}}"), false);
        assertThat(decide()).isEmpty();
    }

    private void service(String spec) {
        control.replay(
                object(
                        "services",
                        "s",
                        ++revision,
                        "{'metadata':{'name':'s'},'spec':{'selector':{'app':'a'}," + spec + "}}"),
                false);
    }

    private void pod(String name, String address, boolean ready, String metadata) {
        ObjectView pod = object(
                "pods",
                name,
                ++revision,
                "{'metadata':{'name':'" + name + "','labels':{'app':'a'}"
                        + metadata
                        + "},'spec':{'nodeName':'n','containers':[{'ports':[{'name':'http','containerPort':8080}]}]},"
                        + "'status':{'phase':'Running','podIP':'" + address
                        + "','conditions':[{'type':'Ready','status':'"
                        + (ready ? "True" : "False") + "'}]}}");
        cluster.replay(pod, false);
        control.replayPod(PodView.of(pod), false);
    }

    private void forget(String name) {
        ObjectView pod = object("pods", name, ++revision, "{'metadata':{'name':'" + name + "','labels':{'app':'a'}}}");
        cluster.replay(pod, true);
        control.replayPod(PodView.of(pod), true);
    }

    private List<DesiredStateRequest> decide() {
        List<DesiredStateRequest> sent = new ArrayList<>();
        control.decide(uid -> true, (about, request) -> sent.add(request));
        return sent;
    }

    /** Until nothing is due. */
    private void settle() {
        for (int round = 0; round < 5; round++) {
            List<DesiredStateRequest> sent = decide();
            sent.forEach(this::write);
            if (sent.isEmpty()) {
                return;
            }
        }
        assertThat(decide()).as("it comes to rest").isEmpty();
    }

    private void write(DesiredStateRequest request) {
        String key = request.getResource() + "/" + request.getName();
        if (request.getOperation() == RequestOperation.DELETE) {
            ObjectView gone = java.util.Objects.requireNonNull(written.remove(key));
            control.replay(gone, true);
            return;
        }
        ObjectView object = new ObjectView(
                request.getResource(),
                "default",
                request.getName(),
                key,
                ++revision,
                1,
                manifest(request),
                TraceContext.NONE);
        written.put(key, object);
        control.replay(object, false);
    }

    private List<ObjectView> slices() {
        return written.values().stream()
                .filter(object -> object.resource().equals("endpointslices"))
                .toList();
    }

    private JsonNode endpoints() {
        return java.util.Objects.requireNonNull(written.get("endpoints/s")).json();
    }
}
