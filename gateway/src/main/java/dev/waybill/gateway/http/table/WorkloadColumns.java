package dev.waybill.gateway.http.table;

import static dev.waybill.gateway.http.table.Columns.number;
import static dev.waybill.gateway.http.table.Columns.text;

import dev.waybill.gateway.kinds.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Columns of the kinds that pods come from. Pure. */
final class WorkloadColumns {
    private static final Column CONTAINERS =
            Column.text("Containers", o -> Columns.containers(o, "name")).wide();
    private static final Column IMAGES =
            Column.text("Images", o -> Columns.containers(o, "image")).wide();
    private static final Column SELECTOR = Column.text("Selector", o -> Columns.selector(o.at("/spec/selector")))
            .wide();

    private WorkloadColumns() {}

    static @Nullable List<Column> of(Kind kind) {
        return switch (kind.qualifiedResource()) {
            case "podtemplates" ->
                List.of(
                        Columns.name(),
                        Column.text("Containers", o -> Columns.containers(o.path("template"), "name")),
                        Column.text("Images", o -> Columns.containers(o.path("template"), "image")),
                        Column.text("Pod Labels", o -> Columns.selector(o.at("/template/metadata/labels"))));
            case "replicationcontrollers" ->
                List.of(
                        Columns.name(),
                        Column.number("Desired", o -> number(o, "/spec/replicas")),
                        Column.number("Current", o -> number(o, "/status/replicas")),
                        Column.number("Ready", o -> number(o, "/status/readyReplicas")),
                        Columns.age(),
                        CONTAINERS,
                        IMAGES,
                        SELECTOR);
            case "statefulsets.apps" ->
                List.of(
                        Columns.name(),
                        Column.text(
                                "Ready", o -> number(o, "/status/readyReplicas") + "/" + number(o, "/spec/replicas")),
                        Columns.age(),
                        CONTAINERS,
                        IMAGES);
            case "daemonsets.apps" ->
                List.of(
                        Columns.name(),
                        Column.number("Desired", o -> number(o, "/status/desiredNumberScheduled")),
                        Column.number("Current", o -> number(o, "/status/currentNumberScheduled")),
                        Column.number("Ready", o -> number(o, "/status/numberReady")),
                        Column.number("Up-to-date", o -> number(o, "/status/updatedNumberScheduled")),
                        Column.number("Available", o -> number(o, "/status/numberAvailable")),
                        Column.text("Node Selector", o -> Columns.selector(o.at("/spec/template/spec/nodeSelector"))),
                        Columns.age(),
                        CONTAINERS,
                        IMAGES,
                        SELECTOR);
            case "controllerrevisions.apps" ->
                List.of(
                        Columns.name(),
                        Column.text("Controller", o -> controller(o)),
                        Column.number("Revision", o -> number(o, "/revision")),
                        Columns.age());
            case "jobs.batch" -> jobs();
            case "cronjobs.batch" ->
                List.of(
                        Columns.name(),
                        Column.text("Schedule", o -> text(o, "/spec/schedule", "")),
                        Column.text("Timezone", o -> text(o, "/spec/timeZone", "<none>")),
                        Column.text(
                                "Suspend", o -> capital(o.at("/spec/suspend").asBoolean(false))),
                        Column.number("Active", o -> o.at("/status/active").size()),
                        Column.age("Last Schedule", "/status/lastScheduleTime"),
                        Columns.age());
            case "horizontalpodautoscalers.autoscaling" ->
                List.of(
                        Columns.name(),
                        Column.text(
                                "Reference",
                                o -> text(o, "/spec/scaleTargetRef/kind", "") + "/"
                                        + text(o, "/spec/scaleTargetRef/name", "")),
                        Column.text("Targets", WorkloadColumns::targets),
                        Column.text("MinPods", o -> text(o, "/spec/minReplicas", "<unset>")),
                        Column.number("MaxPods", o -> number(o, "/spec/maxReplicas")),
                        Column.number("Replicas", o -> number(o, "/status/currentReplicas")),
                        Columns.age());
            case "poddisruptionbudgets.policy" ->
                List.of(
                        Columns.name(),
                        Column.text("Min Available", o -> text(o, "/spec/minAvailable", "N/A")),
                        Column.text("Max Unavailable", o -> text(o, "/spec/maxUnavailable", "N/A")),
                        Column.number("Allowed Disruptions", o -> number(o, "/status/disruptionsAllowed")),
                        Columns.age());
            default -> null;
        };
    }

    private static List<Column> jobs() {
        return List.of(
                Columns.name(),
                Column.text("Status", WorkloadColumns::jobStatus),
                Column.text(
                        "Completions",
                        o -> number(o, "/status/succeeded") + "/"
                                + (o.at("/spec/completions").isNumber()
                                        ? number(o, "/spec/completions")
                                        : "1 of " + number(o, "/spec/parallelism"))),
                new Column(
                        "Duration",
                        "string",
                        "",
                        0,
                        (o, now) -> tools.jackson.databind.node.JsonNodeFactory.instance.stringNode(duration(o, now))),
                Columns.age(),
                CONTAINERS,
                IMAGES,
                SELECTOR);
    }

    private static String jobStatus(JsonNode job) {
        if (job.at("/metadata/deletionTimestamp").isString()) {
            return "Terminating";
        }
        for (JsonNode condition : job.at("/status/conditions")) {
            if (condition.path("status").asString("").equals("True")) {
                switch (condition.path("type").asString("")) {
                    case "Complete", "Failed", "Suspended" -> {
                        return condition.path("type").asString("");
                    }
                    default -> {}
                }
            }
        }
        return job.at("/spec/suspend").asBoolean(false) ? "Suspended" : "Running";
    }

    private static String duration(JsonNode job, Instant now) {
        try {
            Instant from = Instant.parse(text(job, "/status/startTime", ""));
            String end = text(job, "/status/completionTime", "");
            return Ages.of(Duration.between(from, end.isEmpty() ? now : Instant.parse(end)));
        } catch (DateTimeParseException e) {
            return "";
        }
    }

    private static String controller(JsonNode object) {
        for (JsonNode owner : object.at("/metadata/ownerReferences")) {
            if (owner.path("controller").asBoolean(false)) {
                return owner.path("kind").asString("").toLowerCase(java.util.Locale.ROOT) + "/"
                        + owner.path("name").asString("");
            }
        }
        return "<none>";
    }

    private static String targets(JsonNode autoscaler) {
        List<String> shown = new ArrayList<>();
        JsonNode current = autoscaler.at("/status/currentMetrics");
        int index = 0;
        for (JsonNode metric : autoscaler.at("/spec/metrics")) {
            String name = metric.at("/resource/name").asString("");
            String wanted = metric.at("/resource/target/averageUtilization").asString("");
            String now = current.path(index++)
                    .at("/resource/current/averageUtilization")
                    .asString("<unknown>");
            if (!name.isEmpty() && !wanted.isEmpty()) {
                shown.add(name + ": " + now + (now.startsWith("<") ? "" : "%") + "/" + wanted + "%");
            }
        }
        return shown.isEmpty() ? "<unknown>" : String.join(", ", shown);
    }

    private static String capital(boolean value) {
        return value ? "True" : "False";
    }
}
