package dev.waybill.scheduler.nodelife;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ends pods on nodes with NoExecute taints: at once where they do not tolerate one, after tolerationSeconds where they do
 * for a while. Time counts from the taint's timeAdded, so a restart of the scheduler gives nobody more
 * (k8s.io/kubernetes/pkg/controller/tainteviction). Confined to the scheduler's thread.
 */
public final class TaintEviction {
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final ClusterImage cluster;
    private final Set<String> tainted = new LinkedHashSet<>();
    /** When a taint without a time was first seen, by node and key. */
    private final Map<String, Instant> firstSeen = new HashMap<>();

    public TaintEviction(ClusterImage cluster) {
        this.cluster = cluster;
    }

    /** A node came, changed or went. */
    public void replayNode(ObjectView node, boolean deleted) {
        boolean ends = !deleted && node.spec().path("taints").valueStream().anyMatch(TaintEviction::ends);
        if (ends) {
            tainted.add(node.name());
        } else {
            tainted.remove(node.name());
            firstSeen.keySet().removeIf(key -> key.startsWith(node.name() + "\n"));
        }
    }

    /** Sends the ends that are due; one whose last request is not answered yet comes again. */
    public void decide(Predicate<String> settled, BiConsumer<ObjectView, DesiredStateRequest> send, Instant now) {
        for (String name : List.copyOf(tainted)) {
            NodeView node = cluster.node(name);
            if (node == null) {
                continue;
            }
            for (PodView pod : node.pods()) {
                if (pod.active()
                        && pod.nodeName().equals(name)
                        && !end(node.object(), pod, now).orElse(Instant.MAX).isAfter(now)
                        && settled.test(pod.uid())) {
                    send.accept(pod.object(), mark(pod.object(), now));
                    send.accept(pod.object(), delete(pod.object()));
                }
            }
        }
    }

    /** When the pod's time on the node is over; empty when it tolerates everything there. */
    private Optional<Instant> end(ObjectView node, PodView pod, Instant now) {
        Optional<Instant> end = Optional.empty();
        for (JsonNode taint : node.spec().path("taints")) {
            if (ends(taint)) {
                Instant since = since(node, taint, now);
                Optional<Instant> own = tolerated(taint, pod.object().spec().path("tolerations"))
                        .map(life -> life.compareTo(FOREVER) >= 0 ? Instant.MAX : since.plus(life));
                Instant over = own.orElse(since);
                end = Optional.of(end.filter(earlier -> earlier.isBefore(over)).orElse(over));
            }
        }
        return end;
    }

    /** For how long a pod tolerates a taint: the shortest of its tolerations that fit; empty when none does. */
    private static Optional<Duration> tolerated(JsonNode taint, JsonNode tolerations) {
        Optional<Duration> shortest = Optional.empty();
        for (JsonNode toleration : tolerations) {
            if (!fits(toleration, taint)) {
                continue;
            }
            JsonNode seconds = toleration.path("tolerationSeconds");
            Duration life = seconds.isNumber() ? Duration.ofSeconds(Math.max(0, seconds.asLong())) : FOREVER;
            shortest = Optional.of(
                    shortest.filter(other -> other.compareTo(life) < 0).orElse(life));
        }
        return shortest;
    }

    private static boolean fits(JsonNode toleration, JsonNode taint) {
        String effect = toleration.path("effect").asString("");
        String key = toleration.path("key").asString("");
        boolean exists = toleration.path("operator").asString("").equals("Exists");
        return (effect.isEmpty() || effect.equals("NoExecute"))
                && (key.isEmpty() ? exists : key.equals(taint.path("key").asString("")))
                && (exists
                        || toleration
                                .path("value")
                                .asString("")
                                .equals(taint.path("value").asString("")));
    }

    private Instant since(ObjectView node, JsonNode taint, Instant now) {
        String added = taint.path("timeAdded").asString("");
        return added.isEmpty()
                ? firstSeen.computeIfAbsent(
                        node.name() + "\n" + taint.path("key").asString(""), key -> now)
                : PodView.time(added);
    }

    private static boolean ends(JsonNode taint) {
        return taint.path("effect").asString("").equals("NoExecute");
    }

    private static DesiredStateRequest mark(ObjectView pod, Instant now) {
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        patch.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "DisruptionTarget")
                .put("status", "True")
                .put("reason", "DeletionByTaintManager")
                .put("message", "Taint manager: deleting due to NoExecute taint")
                .put("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
        return about(pod, RequestOperation.PATCH)
                .setSubresource("status")
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setManifest(patch.toString())
                .build();
    }

    private static DesiredStateRequest delete(ObjectView pod) {
        return about(pod, RequestOperation.DELETE).build();
    }

    private static DesiredStateRequest.Builder about(ObjectView pod, RequestOperation operation) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup("")
                .setVersion("v1")
                .setResource("pods")
                .setNamespace(pod.namespace())
                .setName(pod.name())
                .setPreconditionUid(pod.uid());
    }
}
