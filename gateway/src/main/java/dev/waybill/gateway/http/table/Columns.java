package dev.waybill.gateway.http.table;

import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Which columns each kind shows, as Kubernetes' printers have them. Pure. */
final class Columns {
    private static final Column NAME = new Column(
            "Name",
            "string",
            "name",
            0,
            (object, now) -> object.path("metadata").path("name"));
    private static final Column AGE = Column.age("Age", "/metadata/creationTimestamp");

    private Columns() {}

    static List<Column> of(Kind kind) {
        if (kind.custom() != null) {
            return CustomColumns.of(kind.custom());
        }
        return switch (kind.qualifiedResource()) {
            case "pods" -> PodColumns.ALL;
            case "deployments.apps" ->
                List.of(
                        NAME,
                        Column.text(
                                "Ready", o -> number(o, "/status/readyReplicas") + "/" + number(o, "/spec/replicas")),
                        Column.number("Up-to-date", o -> number(o, "/status/updatedReplicas")),
                        Column.number("Available", o -> number(o, "/status/availableReplicas")),
                        AGE,
                        Column.text("Containers", o -> containers(o, "name")).wide(),
                        Column.text("Images", o -> containers(o, "image")).wide(),
                        Column.text("Selector", o -> selector(o.at("/spec/selector")))
                                .wide());
            case "replicasets.apps" ->
                List.of(
                        NAME,
                        Column.number("Desired", o -> number(o, "/spec/replicas")),
                        Column.number("Current", o -> number(o, "/status/replicas")),
                        Column.number("Ready", o -> number(o, "/status/readyReplicas")),
                        AGE,
                        Column.text("Containers", o -> containers(o, "name")).wide(),
                        Column.text("Images", o -> containers(o, "image")).wide(),
                        Column.text("Selector", o -> selector(o.at("/spec/selector")))
                                .wide());
            case "nodes" -> NodeColumns.ALL;
            case "namespaces" -> List.of(NAME, Column.text("Status", o -> text(o, "/status/phase", "Active")), AGE);
            case "configmaps" ->
                List.of(
                        NAME,
                        Column.number(
                                "Data",
                                o -> o.path("data").size()
                                        + o.path("binaryData").size()),
                        AGE);
            case "secrets" ->
                List.of(
                        NAME,
                        Column.text("Type", o -> text(o, "/type", "Opaque")),
                        Column.number("Data", o -> o.path("data").size()),
                        AGE);
            case "serviceaccounts" ->
                List.of(NAME, Column.number("Secrets", o -> o.path("secrets").size()), AGE);
            case "resourcequotas" ->
                List.of(
                        NAME,
                        Column.text("Request", o -> quota(o, false)),
                        Column.text("Limit", o -> quota(o, true)),
                        AGE);
            case "limitranges" ->
                List.of(NAME, Column.text("Created At", o -> text(o, "/metadata/creationTimestamp", "")));
            case "events", "events.events.k8s.io" -> EventColumns.ALL;
            case "quotapools.waybill.dev" ->
                List.of(
                        NAME,
                        Column.text("Cpu", o -> share(o, "cpu")),
                        Column.text("Memory", o -> share(o, "memory")),
                        Column.text("Pods", o -> share(o, "pods")),
                        Column.text("Namespaces", o -> joined(o.at("/spec/namespaces"))),
                        AGE);
            case "priorityclasses.scheduling.k8s.io" ->
                List.of(
                        NAME,
                        Column.number("Value", o -> o.path("value").asInt(0)),
                        Column.text(
                                "Global-Default", o -> o.path("globalDefault").asString("false")),
                        AGE);
            case "leases.coordination.k8s.io" ->
                List.of(NAME, Column.text("Holder", o -> text(o, "/spec/holderIdentity", "")), AGE);
            default -> {
                List<Column> columns = WorkloadColumns.of(kind);
                columns = columns == null ? NetworkColumns.of(kind) : columns;
                columns = columns == null ? StorageColumns.of(kind) : columns;
                columns = columns == null ? AccessColumns.of(kind) : columns;
                yield columns == null ? List.of(NAME, AGE) : columns;
            }
        };
    }

    static int number(JsonNode object, String pointer) {
        return object.at(pointer).asInt(0);
    }

    static String text(JsonNode object, String pointer, String otherwise) {
        return object.at(pointer).asString(otherwise);
    }

    /** A field of each container of a template, or of an object's template. */
    static String containers(JsonNode object, String field) {
        List<String> values = new ArrayList<>();
        JsonNode ofObject = object.at("/spec/template/spec/containers");
        (ofObject.isMissingNode() ? object.at("/spec/containers") : ofObject)
                .forEach(container -> values.add(container.path(field).asString("")));
        return String.join(",", values);
    }

    /** A label selector, or a map of labels. */
    static String selector(JsonNode selector) {
        List<String> terms = new ArrayList<>();
        (selector.has("matchLabels") ? selector.path("matchLabels") : selector)
                .properties()
                .forEach(label ->
                        terms.add(label.getKey() + "=" + label.getValue().asString("")));
        return terms.isEmpty() ? "<none>" : String.join(",", terms);
    }

    private static String quota(JsonNode object, boolean limits) {
        List<String> parts = new ArrayList<>();
        object.at("/status/hard").properties().forEach(hard -> {
            String name = hard.getKey();
            if (name.startsWith("limits.") == limits) {
                parts.add(name + ": "
                        + object.path("status").path("used").path(name).asString("0") + "/"
                        + hard.getValue().asString(""));
            }
        });
        return String.join(", ", parts);
    }

    private static String share(JsonNode pool, String resource) {
        JsonNode capacity = pool.at("/spec/capacity").path(resource);
        return capacity.isMissingNode()
                ? "<unlimited>"
                : pool.at("/status/used").path(resource).asString("0") + "/" + capacity.asString();
    }

    static String joined(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asString("")));
        return String.join(",", values);
    }

    /** The columns that a kind in a file of its own begins and ends with. */
    static Column name() {
        return NAME;
    }

    static Column age() {
        return AGE;
    }
}
