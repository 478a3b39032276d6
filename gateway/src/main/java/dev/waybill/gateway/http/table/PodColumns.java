package dev.waybill.gateway.http.table;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The columns of pods: readiness, the most telling state, restarts. Pure. */
final class PodColumns {
    static final List<Column> ALL = List.of(
            Columns.name(),
            Column.text("Ready", PodColumns::ready),
            Column.text("Status", PodColumns::status),
            new Column(
                    "Restarts",
                    "string",
                    "",
                    0,
                    (pod, now) -> tools.jackson.databind.node.JsonNodeFactory.instance.stringNode(restarts(pod, now))),
            Columns.age(),
            Column.text("IP", pod -> orNone(pod.at("/status/podIP").asString("")))
                    .wide(),
            Column.text("Node", pod -> orNone(pod.at("/spec/nodeName").asString("")))
                    .wide(),
            Column.text(
                            "Nominated Node",
                            pod -> orNone(pod.at("/status/nominatedNodeName").asString("")))
                    .wide(),
            Column.text("Readiness Gates", pod -> "<none>").wide());

    private PodColumns() {}

    private static String ready(JsonNode pod) {
        int ready = 0;
        for (JsonNode container : pod.at("/status/containerStatuses")) {
            ready += container.path("ready").asBoolean(false) ? 1 : 0;
        }
        return ready + "/" + pod.at("/spec/containers").size();
    }

    /** The phase, unless a container, an init container or the deletion says more. */
    static String status(JsonNode pod) {
        String status = pod.at("/status/reason").asString("");
        if (status.isEmpty()) {
            status = pod.at("/status/phase").asString("Pending");
        }
        for (JsonNode condition : pod.at("/status/conditions")) {
            if (condition.path("type").asString("").equals("PodScheduled")
                    && condition.path("reason").asString("").equals("SchedulingGated")) {
                status = "SchedulingGated";
            }
        }
        String init = initStatus(pod);
        status = init.isEmpty() ? containerStatus(pod, status) : init;
        if (pod.path("metadata").has("deletionTimestamp")) {
            status = pod.at("/status/reason").asString("").equals("NodeLost") ? "Unknown" : "Terminating";
        }
        return status;
    }

    private static String initStatus(JsonNode pod) {
        JsonNode statuses = pod.at("/status/initContainerStatuses");
        int total = pod.at("/spec/initContainers").size();
        for (int i = 0; i < statuses.size(); i++) {
            JsonNode state = statuses.get(i).path("state");
            JsonNode terminated = state.path("terminated");
            if (!terminated.isMissingNode()) {
                if (terminated.path("exitCode").asInt() == 0) {
                    continue;
                }
                return "Init:" + terminatedReason(terminated);
            }
            String waiting = state.path("waiting").path("reason").asString("");
            return waiting.isEmpty() || waiting.equals("PodInitializing")
                    ? "Init:" + i + "/" + total
                    : "Init:" + waiting;
        }
        return "";
    }

    private static String containerStatus(JsonNode pod, String otherwise) {
        String status = otherwise;
        boolean running = false;
        JsonNode statuses = pod.at("/status/containerStatuses");
        for (int i = statuses.size() - 1; i >= 0; i--) {
            JsonNode state = statuses.get(i).path("state");
            String waiting = state.path("waiting").path("reason").asString("");
            if (!waiting.isEmpty()) {
                status = waiting;
            } else if (state.has("terminated")) {
                status = terminatedReason(state.path("terminated"));
            } else if (state.has("running") && statuses.get(i).path("ready").asBoolean(false)) {
                running = true;
            }
        }
        return status.equals("Completed") && running ? "Running" : status;
    }

    private static String terminatedReason(JsonNode terminated) {
        String reason = terminated.path("reason").asString("");
        return reason.isEmpty() ? "ExitCode:" + terminated.path("exitCode").asInt() : reason;
    }

    private static String restarts(JsonNode pod, Instant now) {
        int restarts = 0;
        List<String> last = new ArrayList<>();
        for (JsonNode container : pod.at("/status/containerStatuses")) {
            restarts += container.path("restartCount").asInt(0);
            String finished = container.at("/lastState/terminated/finishedAt").asString("");
            if (!finished.isEmpty()) {
                last.add(finished);
            }
        }
        if (restarts == 0 || last.isEmpty()) {
            return Integer.toString(restarts);
        }
        return restarts + " (" + Ages.since(last.stream().max(String::compareTo).orElse(""), now) + " ago)";
    }

    private static String orNone(String text) {
        return text.isEmpty() ? "<none>" : text;
    }
}
