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
import dev.waybill.gateway.kinds.Json;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.UnexpectedEventException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What comes of each input, against a state that it does not change. Pure. */
public final class Decider {
    private static final String SELF = "system:waybill:gateway";
    private static final List<String> PERMANENT_NAMESPACES = List.of("default", "kube-system");

    private final Requests requests;
    private final Ids ids;

    public Decider(Authorizer authorizer, ManifestCheck manifestCheck, Ids ids) {
        this.requests = new Requests(authorizer, manifestCheck);
        this.ids = ids;
    }

    /**
     * Decides one input. Inputs that concern nobody here come to nothing.
     *
     * @throws UnexpectedEventException when the event does not belong on its topic: who may write a topic is what tells
     *     a publisher from a scheduler or a node
     */
    public Decision decide(ReceivedEvent input, WriterState state, Instant now) {
        if (!belongs(input)) {
            throw new UnexpectedEventException(input);
        }
        if (input.event() instanceof DesiredStateRequest request) {
            return requests.decide(request, input.id(), input.timestamp(), publisher(input.topic()), state, now, ids);
        }
        Draft draft = new Draft(state, now, ids);
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

    /** The namespaces that a cluster always has, where they are missing. */
    public Decision bootstrap(WriterState state, Instant now) {
        Draft draft = new Draft(state, now, ids);
        for (String name : PERMANENT_NAMESPACES) {
            if (draft.get(new ResourceKey("", "namespaces", "", name)) == null) {
                ObjectNode namespace = Json.object();
                namespace.put("apiVersion", "v1").put("kind", "Namespace");
                namespace
                        .putObject("metadata")
                        .put("name", name)
                        .putObject("labels")
                        .put("kubernetes.io/metadata.name", name);
                namespace.putObject("spec").putArray("finalizers").add("kubernetes");
                namespace.putObject("status").put("phase", "Active");
                Admission.created(draft, draft.add(draft.kind("v1", "Namespace"), namespace));
            }
        }
        return draft.finish(null, SELF);
    }

    /** A step of what deletions and the passing of time have left to do; empty when there is nothing to do now. */
    public Decision chores(WriterState state, Instant now) {
        if (state.idle(now)) {
            return Decision.nothing(state);
        }
        Draft draft = new Draft(state, now, ids);
        ChoreWork.step(draft);
        return draft.finish(null, SELF);
    }

    /** The answer to a request that failed inside the writer. */
    public static RequestOutcome internalError(ReceivedEvent input, DesiredStateRequest request, Throwable cause) {
        return RequestOutcome.newBuilder()
                .setRequestId(input.id())
                .setAccepted(false)
                .setCode(500)
                .setReason("InternalError")
                .setMessage("Internal error occurred: " + cause)
                .setGroup(request.getGroup())
                .setResource(request.getResource())
                .setNamespace(request.getNamespace())
                .setName(request.getName())
                .build();
    }

    private static boolean belongs(ReceivedEvent input) {
        String contract = publisher(input.topic()) == null ? input.topic() : Topics.REQUESTS.name();
        return Topics.all().stream()
                .anyMatch(topic -> topic.name().equals(contract)
                        && topic.records().contains(input.event().getClass()));
    }

    private static @Nullable String publisher(String topic) {
        String prefix = Topics.REQUESTS.name() + ".";
        return topic.startsWith(prefix) ? topic.substring(prefix.length()) : null;
    }
}
