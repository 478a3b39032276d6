package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The end of a namespace: its pods go first, then everything else, then it goes itself unless finalizers hold it. What
 * holds it up stands in its conditions, in the words of Kubernetes' namespace controller. Stateless.
 */
final class NamespaceEnd {
    private static final int STEP = 100;

    /** The finalizer that stands for the contents. */
    private static final String CONTENT = "kubernetes";

    private NamespaceEnd() {}

    /** One bounded step. */
    static void step(Draft draft, String name) {
        StoredObject namespace = draft.get(new ResourceKey("", "namespaces", "", name));
        if (namespace == null || !namespace.deleting()) {
            done(draft, name);
            return;
        }
        List<StoredObject> contents = draft.image().contentsOf(name);
        if (contents.isEmpty()) {
            StoredObject emptied = draft.replace(namespace, withoutContent(draft, namespace));
            Deletion.finish(draft, emptied);
            done(draft, name);
            return;
        }
        List<StoredObject> pods =
                contents.stream().filter(object -> object.pod() != null).toList();
        List<StoredObject> next = (pods.isEmpty() ? contents : pods)
                .stream().filter(object -> !object.deleting()).limit(STEP).toList();
        for (StoredObject object : next) {
            StoredObject present = draft.get(object.key());
            if (present != null && present.uid().equals(object.uid()) && !present.deleting()) {
                Deletion.delete(draft, present, Deletion.Options.BACKGROUND);
            }
        }
        if (next.isEmpty()) {
            draft.replace(namespace, told(draft, namespace, contents, pods.size()));
        }
    }

    /** Whether a namespace without finalizers of its own is held by those of its spec. */
    static boolean held(StoredObject namespace) {
        return !namespace.json().path("spec").path("finalizers").isEmpty();
    }

    private static void done(Draft draft, String name) {
        draft.update(ChoreWork.with(draft, draft.state().chores().withoutNamespace(name)));
    }

    private static ObjectNode withoutContent(Draft draft, StoredObject namespace) {
        ObjectNode object = namespace.copy();
        ArrayNode kept = Json.array();
        for (JsonNode finalizer : object.path("spec").path("finalizers")) {
            if (!finalizer.asString("").equals(CONTENT)) {
                kept.add(finalizer);
            }
        }
        ObjectNode spec = Json.child(object, "spec");
        if (kept.isEmpty()) {
            spec.remove("finalizers");
        } else {
            spec.set("finalizers", kept);
        }
        if (!kept.isEmpty() || Chores.hasFinalizers(object)) {
            conditions(draft, object, List.of(), 0);
        }
        return object;
    }

    /** What is left and what of it waits for finalizers. */
    private static ObjectNode told(Draft draft, StoredObject namespace, List<StoredObject> contents, int pods) {
        ObjectNode object = namespace.copy();
        conditions(draft, object, contents, pods);
        return object;
    }

    private static void conditions(Draft draft, ObjectNode object, List<StoredObject> contents, int pods) {
        String now = draft.timestamp();
        Conditions.set(
                object,
                "NamespaceDeletionDiscoveryFailure",
                "False",
                "ResourcesDiscovered",
                "All resources successfully discovered",
                now);
        Conditions.set(
                object,
                "NamespaceDeletionGroupVersionParsingFailure",
                "False",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
                now);
        if (pods > 0) {
            Conditions.set(
                    object,
                    "NamespaceDeletionContentFailure",
                    "True",
                    "ContentDeletionFailed",
                    "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: "
                            + Json.text(object, "metadata", "name") + " for gvr: /v1, Resource=pods",
                    now);
        } else {
            Conditions.set(
                    object,
                    "NamespaceDeletionContentFailure",
                    "False",
                    "ContentDeleted",
                    "All content successfully deleted, may be waiting on finalization",
                    now);
        }
        Map<String, Long> left = counted(contents.stream().map(each -> plural(each.kind())));
        Conditions.set(
                object,
                "NamespaceContentRemaining",
                left.isEmpty() ? "False" : "True",
                left.isEmpty() ? "ContentRemoved" : "SomeResourcesRemain",
                left.isEmpty()
                        ? "All content successfully removed"
                        : "Some resources are remaining: " + listed(left, " has "),
                now);
        Map<String, Long> finalizers = counted(contents.stream().flatMap(each -> each.facts().finalizers().stream()));
        Conditions.set(
                object,
                "NamespaceFinalizersRemaining",
                finalizers.isEmpty() ? "False" : "True",
                finalizers.isEmpty() ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
                finalizers.isEmpty()
                        ? "All content-preserving finalizers finished"
                        : "Some content in the namespace has finalizers remaining: " + listed(finalizers, " in "),
                now);
    }

    private static String plural(Kind kind) {
        return kind.plural() + "." + kind.group();
    }

    private static Map<String, Long> counted(Stream<String> names) {
        return names.collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }

    private static String listed(Map<String, Long> counts, String verb) {
        return counts.entrySet().stream()
                .map(each -> each.getKey() + verb + each.getValue() + " resource instances")
                .collect(Collectors.joining(", "));
    }
}
