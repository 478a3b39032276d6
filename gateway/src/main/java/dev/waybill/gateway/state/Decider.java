package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.QuotaReserved;
import dev.waybill.events.QuotaWaiting;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.state.Examination.Verdict;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.UnexpectedEventException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What comes of each input, against a state that it does not change. Pure. */
public final class Decider {
    private static final String SELF = "system:waybill:gateway";

    private final Requests requests;
    private final Ids ids;
    private final String rootCertificate;
    private final ServiceNetwork services;

    /**
     * @param rootCertificate the certificate of the cluster's authority, as PEM; empty when there is none
     * @param services what Services are given
     */
    public Decider(ManifestCheck manifestCheck, Ids ids, String rootCertificate, ServiceNetwork services) {
        this.requests = new Requests(manifestCheck);
        this.ids = ids;
        this.rootCertificate = rootCertificate;
        this.services = services;
    }

    /**
     * Decides one input. Inputs that concern nobody here come to nothing.
     *
     * @param verdict what an examination came to that this request was found to need; null when there was none
     * @throws UnexpectedEventException when the event does not belong on its topic: who may write a topic is what tells
     *     a publisher from a scheduler or a node
     */
    public Decision decide(ReceivedEvent input, WriterState state, Instant now, @Nullable Verdict verdict) {
        if (!belongs(input)) {
            throw new UnexpectedEventException(input);
        }
        if (input.event() instanceof DesiredStateRequest request) {
            return requests.decide(
                    request, input.id(), input.timestamp(), Origin.of(input.topic()), draft(state, now), verdict);
        }
        Draft draft = draft(state, now);
        switch (input.event()) {
            case PodBound event -> Bindings.bound(draft, event);
            case PodUnschedulable event -> Bindings.unschedulable(draft, event);
            case QuotaReserved event -> QuotaPools.reserved(draft, event);
            case QuotaWaiting event -> QuotaPools.waiting(draft, event);
            case PodStatusReported event -> NodeReports.podStatus(draft, event);
            case PodTerminated event -> NodeReports.podTerminated(draft, event);
            case NodeRegistered event -> NodeReports.nodeRegistered(draft, event);
            case NodeStatusReported event -> NodeReports.nodeStatus(draft, event);
            default -> {}
        }
        return draft.finish(null, SELF);
    }

    /** What a cluster always has, where it is missing: namespaces with their contents, roles and bindings. */
    public Decision bootstrap(WriterState state, Instant now) {
        Draft draft = draft(state, now);
        Bootstrap.complete(draft);
        return draft.finish(null, SELF);
    }

    /** A step of what deletions and the passing of time have left to do; empty when there is nothing to do now. */
    public Decision chores(WriterState state, Instant now) {
        if (state.idle(now)) {
            return Decision.nothing(state);
        }
        Draft draft = draft(state, now);
        ChoreWork.step(draft);
        return draft.finish(null, SELF);
    }

    /** The answer to a request that failed inside the writer. */
    public static RequestOutcome internalError(ReceivedEvent input, DesiredStateRequest request, Throwable cause) {
        return refused(input, request, Refusal.internal("Internal error occurred: " + cause));
    }

    /** The answer to a request whose object was another one each time that it had been examined. */
    public static RequestOutcome overtaken(ReceivedEvent input, DesiredStateRequest request) {
        String resource = request.getResource() + (request.getGroup().isEmpty() ? "" : "." + request.getGroup());
        return refused(input, request, Refusal.modified(resource, request.getName()));
    }

    private static RequestOutcome refused(ReceivedEvent input, DesiredStateRequest request, Refusal refusal) {
        return Requests.refused(
                input.id(),
                Origin.of(input.topic()).publisher(),
                new ResourceKey(request.getGroup(), request.getResource(), request.getNamespace(), request.getName()),
                refusal);
    }

    private Draft draft(WriterState state, Instant now) {
        return new Draft(state, now, ids, rootCertificate, services);
    }

    private static boolean belongs(ReceivedEvent input) {
        String contract = Origin.of(input.topic()) instanceof Origin.Publisher ? Topics.REQUESTS.name() : input.topic();
        return Topics.all().stream()
                .anyMatch(topic -> topic.name().equals(contract)
                        && topic.records().contains(input.event().getClass()));
    }
}
