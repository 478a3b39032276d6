package dev.waybill.gateway.state;

import dev.waybill.events.NodeAssignmentsSnapshot;
import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.PodUnassigned;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ObjectFacts.Special;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What each change means for nodes: which pods they run, and which objects those pods refer to. Stateless. */
final class Assignments {
    private static final List<String> RELEVANT_METADATA =
            List.of("labels", "annotations", "deletionTimestamp", "deletionGracePeriodSeconds");

    private Assignments() {}

    static void follow(Draft draft, ResourceDelta delta, ResourceImage imageBefore) {
        if (delta.object().pod() != null) {
            pod(draft, delta, imageBefore);
        } else if (delta.key().group().equals(RuntimeClasses.GROUP)
                && delta.key().resource().equals(RuntimeClasses.RESOURCE)) {
            needing(draft, delta.key()).forEach(node -> publish(draft, node, delta.key()));
        } else if (delta.key().group().isEmpty()) {
            switch (delta.key().resource()) {
                case "configmaps", "secrets" ->
                    needing(draft, delta.key()).forEach(node -> publish(draft, node, delta.key()));
                case ObjectFacts.CLAIMS ->
                    needing(draft, delta.key()).forEach(node -> publishWithVolume(draft, node, delta.key()));
                case StorageObjects.VOLUMES -> volume(draft, delta);
                default -> {}
            }
        }
    }

    private static Set<String> needing(Draft draft, ResourceKey object) {
        return draft.image().indexes().nodesThatNeed(object).keySet();
    }

    /** A volume goes where its claim is needed; one that a node made to that node, from its beginning to its end. */
    private static void volume(Draft draft, ResourceDelta delta) {
        Set<String> nodes = new HashSet<>(needing(draft, StorageObjects.claimOf(delta.object())));
        String maker = StorageObjects.maker(delta.object());
        if (!maker.isEmpty()) {
            nodes.add(maker);
        }
        for (String node : nodes) {
            publish(draft, node, delta.key());
            if (delta.change() == ResourceDelta.Change.DELETED) {
                draft.emit(Topics.NODE_ASSIGNMENTS, objectKey(node, delta.key()), null);
            }
        }
    }

    private static void publishWithVolume(Draft draft, String node, ResourceKey key) {
        publish(draft, node, key);
        ResourceKey volume = key.resource().equals(ObjectFacts.CLAIMS) ? StorageObjects.volumeOf(draft.get(key)) : null;
        if (volume != null) {
            publish(draft, node, volume);
        }
    }

    /** The node has no pod any more that refers to it. */
    private static void withdraw(Draft draft, String node, ResourceKey key) {
        draft.emit(Topics.NODE_ASSIGNMENTS, objectKey(node, key), null);
        ResourceKey named = key.resource().equals(ObjectFacts.CLAIMS) ? StorageObjects.volumeOf(draft.get(key)) : null;
        StoredObject volume = named == null ? null : draft.get(named);
        if (volume != null && !StorageObjects.maker(volume).equals(node)) {
            draft.emit(Topics.NODE_ASSIGNMENTS, objectKey(node, volume.key()), null);
        }
    }

    /** Everything that a node is to run; the answer to its registration. */
    static void snapshot(Draft draft, String node, long epoch) {
        List<String> uids =
                List.copyOf(draft.image().indexes().node(node).pods().keySet());
        draft.emit(
                Topics.NODE_ASSIGNMENTS,
                node + "/snapshot",
                NodeAssignmentsSnapshot.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setRevision(draft.image().revision())
                        .setPodUids(uids)
                        .build());
    }

    private static void pod(Draft draft, ResourceDelta delta, ResourceImage imageBefore) {
        StoredObject pod = delta.object();
        Special.Pod facts = pod.pod();
        if (facts == null || facts.nodeName().isEmpty()) {
            return;
        }
        String node = facts.nodeName();
        String key = node + "/pods/" + pod.uid();
        if (delta.change() == ResourceDelta.Change.DELETED) {
            draft.emit(
                    Topics.NODE_ASSIGNMENTS,
                    key,
                    PodUnassigned.newBuilder()
                            .setNodeName(node)
                            .setPodUid(pod.uid())
                            .setNamespace(pod.namespace())
                            .setName(pod.name())
                            .setRevision(pod.revision())
                            .build());
            draft.emit(Topics.NODE_ASSIGNMENTS, key, null);
            for (ResourceKey reference : facts.references()) {
                if (!draft.image().indexes().nodesThatNeed(reference).containsKey(node)) {
                    withdraw(draft, node, reference);
                }
            }
            return;
        }
        if (!relevant(delta.previous(), pod)) {
            return;
        }
        Set<ResourceKey> references = facts.references();
        for (ResourceKey reference : references) {
            if (!imageBefore.indexes().nodesThatNeed(reference).containsKey(node)) {
                publishWithVolume(draft, node, reference);
            }
        }
        StoredObject nodeObject = draft.get(new ResourceKey("", "nodes", "", node));
        draft.emit(
                Topics.NODE_ASSIGNMENTS,
                key,
                PodAssigned.newBuilder()
                        .setNodeName(node)
                        .setNodeUid(nodeObject == null ? "" : nodeObject.uid())
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setRevision(pod.revision())
                        .setPod(pod.rawContent())
                        .build());
    }

    /** Whether the node has to know: its own reports of the pod's status come from it anyway. */
    private static boolean relevant(@Nullable StoredObject before, StoredObject after) {
        if (before == null
                || before.pod() == null
                || after.pod() == null
                || !before.pod().nodeName().equals(after.pod().nodeName())) {
            return true;
        }
        JsonNode was = before.json();
        JsonNode is = after.json();
        for (String field : RELEVANT_METADATA) {
            if (!Json.same(was.path("metadata").path(field), is.path("metadata").path(field))) {
                return true;
            }
        }
        return !was.path("spec").equals(is.path("spec"));
    }

    private static void publish(Draft draft, String node, ResourceKey key) {
        StoredObject object = draft.get(key);
        draft.emit(
                Topics.NODE_ASSIGNMENTS,
                objectKey(node, key),
                NodeObjectPublished.newBuilder()
                        .setNodeName(node)
                        .setGroup(key.group())
                        .setResource(key.resource())
                        .setNamespace(key.namespace())
                        .setName(key.name())
                        .setRevision(object == null ? draft.image().revision() : object.revision())
                        .setExists(object != null)
                        .setObject(object == null ? "" : object.rawContent())
                        .build());
    }

    private static String objectKey(String node, ResourceKey key) {
        return node + "/objects/" + key.logKey();
    }
}
