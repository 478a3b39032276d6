package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.PatchType;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A writer's decisions without a broker: time and ids come from the bench, and every decision is kept. One thread. */
final class WriterBench {
    static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";

    final List<ResourceDelta> log = new ArrayList<>();
    final List<Emission> emissions = new ArrayList<>();

    private Decider decider;
    private WriterState state;
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private int ids;
    private long offset;

    WriterBench() {
        decider = decider(ServiceNetwork.STANDARD);
        state = WriterState.of(ResourceImage.EMPTY, List.of(), now);
        take(decider.bootstrap(state, now));
    }

    private Decider decider(ServiceNetwork services) {
        Ids counted = new Ids() {
            @Override
            public String uid() {
                return "uid-" + ++ids;
            }

            @Override
            public String suffix() {
                return "s%04d".formatted(++ids);
            }
        };
        return new Decider(ManifestCheck.NONE, counted, CERTIFICATE, services);
    }

    WriterState state() {
        return state;
    }

    ResourceImage image() {
        return state.image();
    }

    Instant now() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** As after a takeover: what only the old process knew is gone. */
    void takeOver() {
        state = WriterState.of(replayed(), List.of(), now);
    }

    /** As after a start of the whole gateway. */
    void restart() {
        takeOver();
        take(decider.bootstrap(state, now));
    }

    /** The same with other settings. */
    void restart(ServiceNetwork services) {
        decider = decider(services);
        restart();
    }

    /** The image that a reader of the log's text comes to. */
    ResourceImage replayed() {
        ResourceImage image = ResourceImage.EMPTY;
        for (ResourceDelta delta : log) {
            StoredObject object = delta.object();
            StoredObject read = StoredObject.ofText(
                    object.key(), object.kind(), object.uid(), object.revision(), object.generation(), object.raw());
            image = image.with(new ResourceDelta(delta.change(), read, image.get(object.key()), delta.at()));
        }
        return image;
    }

    @Nullable
    StoredObject find(String resource, String namespace, String name) {
        String group = resource.equals("deployments") || resource.equals("replicasets") ? "apps" : "";
        return image().get(new ResourceKey(group, resource, namespace, name));
    }

    StoredObject get(String resource, String namespace, String name) {
        return Objects.requireNonNull(find(resource, namespace, name), resource + "/" + name);
    }

    RequestOutcome create(String manifest) {
        JsonNode json = Json.parse(manifest);
        return request(administrator(RequestOperation.CREATE, json).setManifest(json.toString()));
    }

    RequestOutcome update(JsonNode object) {
        return request(administrator(RequestOperation.UPDATE, object).setManifest(object.toString()));
    }

    RequestOutcome patch(StoredObject object, PatchType type, String patch) {
        return request(about(RequestOperation.PATCH, object).setPatchType(type).setManifest(patch));
    }

    RequestOutcome delete(StoredObject object, String options) {
        return request(about(RequestOperation.DELETE, object).setManifest(options));
    }

    DesiredStateRequest.Builder about(RequestOperation operation, StoredObject object) {
        return administrator(operation, object.json());
    }

    DesiredStateRequest.Builder administrator(RequestOperation operation, JsonNode object) {
        var kind = Objects.requireNonNull(
                image().kinds().byKind(Json.text(object, "apiVersion"), Json.text(object, "kind")));
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup(kind.group())
                .setVersion(kind.version())
                .setResource(kind.plural())
                .setNamespace(Json.text(object, "metadata", "namespace"))
                .setName(Json.text(object, "metadata", "name"))
                .setUser("admin")
                .setGroups(List.of(Subject.ADMINISTRATORS));
    }

    /** What is decided now, without anything coming of it. */
    Decision decided(DesiredStateRequest request, Examination.@Nullable Verdict verdict) {
        return decider.decide(
                new ReceivedEvent(request, "", Topics.REQUESTS.name(), 0, offset, now, "asked", TraceContext.NONE),
                state,
                now,
                verdict);
    }

    RequestOutcome request(DesiredStateRequest.Builder request) {
        return request(request, "request-" + offset, now);
    }

    RequestOutcome request(DesiredStateRequest.Builder request, String id, Instant sent) {
        return Objects.requireNonNull(
                decide(Topics.REQUESTS, request.build(), id, sent).outcome());
    }

    /** On any topic of requests. */
    RequestOutcome asked(Topic topic, DesiredStateRequest.Builder request) {
        return Objects.requireNonNull(
                decide(topic, request.build(), "request-" + offset, now).outcome());
    }

    /** On a publisher's topic; who it is the topic says. */
    RequestOutcome published(String publisher, DesiredStateRequest.Builder request, String id, Instant sent) {
        return Objects.requireNonNull(
                decide(Topics.requestsOf(publisher), request.build(), id, sent).outcome());
    }

    Decision event(Topic topic, SpecificRecord event) {
        return decide(topic, event, "event-" + offset, now);
    }

    private Decision decide(Topic topic, SpecificRecord event, String id, Instant sent) {
        ReceivedEvent input = new ReceivedEvent(event, "", topic.name(), 0, offset++, sent, id, TraceContext.NONE);
        Decision decision = decider.decide(input, state, now, null);
        if (decision.unexamined() != null) {
            decision = decider.decide(input, state, now, decision.unexamined().verdict());
        }
        return take(decision);
    }

    /** Everything that is left to do now. */
    void chores() {
        for (int i = 0; i < 1_000 && !state.idle(now); i++) {
            if (take(decider.chores(state, now)).changes().isEmpty()) {
                return;
            }
        }
    }

    private Decision take(Decision decision) {
        log.addAll(decision.changes());
        emissions.addAll(decision.emissions());
        state = decision.next();
        return decision;
    }

    void node(String name, int pods) {
        event(
                Topics.NODE_STATUS,
                NodeRegistered.newBuilder()
                        .setNodeName(name)
                        .setNodeEpoch(1)
                        .setNode("{\"metadata\":{},\"spec\":{},\"status\":{\"allocatable\":{\"cpu\":\"4\","
                                + "\"memory\":\"4Gi\",\"pods\":\"" + pods + "\"}}}")
                        .build());
    }

    RequestOutcome pod(String name, String cpu) {
        return create(podManifest(name, cpu, ""));
    }

    static String podManifest(String name, String cpu, String metadata) {
        return """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default"%s},"spec":{"containers":
                 [{"name":"c","image":"i","resources":{"requests":{"cpu":"%s","memory":"1Mi"}}}]}}""".formatted(name, metadata, cpu);
    }

    Decision bind(String pod, String node) {
        StoredObject object = find("pods", "default", pod);
        return event(
                Topics.SCHEDULING,
                PodBound.newBuilder()
                        .setPodUid(object == null ? "none" : object.uid())
                        .setNamespace("default")
                        .setName(pod)
                        .setNodeName(node)
                        .setNodeUid("")
                        .setImageRevision(image().revision())
                        .setEvaluatedNodes(1)
                        .setFeasibleNodes(1)
                        .setScores(List.of())
                        .setRejected(List.of())
                        .build());
    }

    Decision status(StoredObject pod, String phase, long sequence) {
        return event(
                Topics.POD_STATUS,
                PodStatusReported.newBuilder()
                        .setNodeName(Json.text(pod.json(), "spec", "nodeName"))
                        .setNodeEpoch(1)
                        .setSequence(sequence)
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setStatus("{\"phase\":\"" + phase + "\"}")
                        .build());
    }

    Decision terminated(StoredObject pod, String phase, long sequence) {
        return event(
                Topics.POD_STATUS,
                PodTerminated.newBuilder()
                        .setNodeName(Json.text(pod.json(), "spec", "nodeName"))
                        .setNodeEpoch(1)
                        .setSequence(sequence)
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setStatus("{\"phase\":\"" + phase + "\"}")
                        .build());
    }
}
