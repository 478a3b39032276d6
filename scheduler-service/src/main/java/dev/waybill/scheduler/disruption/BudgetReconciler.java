package dev.waybill.scheduler.disruption;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the status of a budget true (k8s.io/kubernetes/pkg/controller/disruption). Pure. */
final class BudgetReconciler {
    /** An evicted pod that is still there after this long was not deleted after all. */
    static final Duration EVICTION_LIFE = Duration.ofMinutes(2);

    private static final String ALLOWED = "DisruptionAllowed";

    private BudgetReconciler() {}

    /** What the uppermost controller of a pod is to have; 0 replicas when it is not known. */
    record Scale(String uid, int replicas) {}

    /** How many pods a budget is about, and how many of them must be healthy. */
    private record Demand(int expected, int healthy) {}

    /**
     * The change of the status that is due; empty when it is true already.
     *
     * @param pods what it selects
     * @param ready whether a pod is
     * @param scaleOf what a controller is to have, by its uid
     */
    static Optional<DesiredStateRequest> reconcile(
            ObjectView budget,
            Collection<PodView> pods,
            Predicate<PodView> ready,
            Function<String, Scale> scaleOf,
            Instant now) {
        Map<String, String> disrupted = stillDisrupted(budget, pods, now);
        Demand demand = demand(budget.spec(), pods, scaleOf);
        int healthy = 0;
        for (PodView pod : pods) {
            boolean counts = pod.active()
                    && ready.test(pod)
                    && !disrupted.containsKey(pod.object().name());
            healthy += counts ? 1 : 0;
        }
        int allowed = demand.expected() <= 0 ? 0 : Math.max(0, healthy - demand.healthy());

        ObjectNode status = JsonMapper.shared().createObjectNode();
        status.put("currentHealthy", healthy);
        status.put("desiredHealthy", demand.healthy());
        status.put("expectedPods", demand.expected());
        status.put("disruptionsAllowed", allowed);
        status.put("observedGeneration", budget.generation());
        if (!disrupted.isEmpty()) {
            ObjectNode times = status.putObject("disruptedPods");
            disrupted.forEach(times::put);
        }
        status.putArray("conditions").add(condition(budget, allowed > 0, now));
        return same(status, budget.status()) ? Optional.empty() : Optional.of(request(budget, status));
    }

    /** Whether an eviction is remembered that time alone will end. */
    static boolean waits(ObjectView budget) {
        return !budget.status().path("disruptedPods").isEmpty();
    }

    private static Map<String, String> stillDisrupted(ObjectView budget, Collection<PodView> pods, Instant now) {
        Map<String, String> left = new TreeMap<>();
        JsonNode noted = budget.status().path("disruptedPods");
        for (PodView pod : pods) {
            String at = noted.path(pod.object().name()).asString("");
            if (!at.isEmpty()
                    && !pod.object().deleting()
                    && PodView.time(at).plus(EVICTION_LIFE).isAfter(now)) {
                left.put(pod.object().name(), at);
            }
        }
        return left;
    }

    private static Demand demand(JsonNode spec, Collection<PodView> pods, Function<String, Scale> scaleOf) {
        JsonNode most = spec.path("maxUnavailable");
        JsonNode least = spec.path("minAvailable");
        if (most.isMissingNode() || most.isNull()) {
            if (least.isMissingNode() || least.isNull()) {
                return new Demand(pods.size(), 1);
            }
            if (least.isNumber()) {
                return new Demand(pods.size(), least.asInt());
            }
            int expected = expected(pods, scaleOf);
            return new Demand(expected, amount(least, expected));
        }
        int expected = expected(pods, scaleOf);
        return new Demand(expected, Math.max(0, expected - amount(most, expected)));
    }

    /** The replicas of every controller that one of the pods has; pods without one are nobody's to bring back. */
    private static int expected(Collection<PodView> pods, Function<String, Scale> scaleOf) {
        Map<String, Integer> scales = new TreeMap<>();
        for (PodView pod : pods) {
            String controller = pod.object().controllerUid();
            if (controller != null) {
                Scale scale = scaleOf.apply(controller);
                scales.put(scale.uid(), scale.replicas());
            }
        }
        return scales.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** A number, or a percentage of the pods, rounded up. */
    private static int amount(JsonNode value, int of) {
        if (value.isNumber()) {
            return value.asInt();
        }
        OptionalInt percent = percent(value.asString(""));
        return percent.isEmpty() ? 0 : (int) Math.ceilDiv((long) percent.getAsInt() * of, 100L);
    }

    private static OptionalInt percent(String text) {
        String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : "";
        return digits.matches("\\d{1,6}") ? OptionalInt.of(Integer.parseInt(digits)) : OptionalInt.empty();
    }

    private static ObjectNode condition(ObjectView budget, boolean allowed, Instant now) {
        String status = allowed ? "True" : "False";
        String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
        for (JsonNode known : budget.status().path("conditions")) {
            if (known.path("type").asString("").equals(ALLOWED)
                    && known.path("status").asString("").equals(status)) {
                since = known.path("lastTransitionTime").asString(since);
            }
        }
        return JsonMapper.shared()
                .createObjectNode()
                .put("type", ALLOWED)
                .put("status", status)
                .put("observedGeneration", budget.generation())
                .put("lastTransitionTime", since)
                .put("reason", allowed ? "SufficientPods" : "InsufficientPods")
                .put("message", "");
    }

    /** Numbers compare by value: what was parsed may be of another width. */
    private static boolean same(ObjectNode status, JsonNode present) {
        return JsonMapper.shared().readTree(status.toString()).equals(present);
    }

    private static DesiredStateRequest request(ObjectView budget, ObjectNode status) {
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        if (!status.has("disruptedPods")) {
            status.putNull("disruptedPods");
        } else {
            // A merge patch keeps what it does not name: every eviction that is over is taken out by name.
            ObjectNode times = (ObjectNode) status.get("disruptedPods");
            for (String pod : budget.status().path("disruptedPods").propertyNames()) {
                if (!times.has(pod)) {
                    times.putNull(pod);
                }
            }
        }
        patch.set("status", status);
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.PATCH)
                .setGroup("policy")
                .setVersion("v1")
                .setResource("poddisruptionbudgets")
                .setSubresource("status")
                .setNamespace(budget.namespace())
                .setName(budget.name())
                .setPatchType(PatchType.MERGE)
                .setPreconditionUid(budget.uid())
                .setPreconditionResourceVersion(Long.toString(budget.revision()))
                .setManifest(patch.toString())
                .build();
    }
}
