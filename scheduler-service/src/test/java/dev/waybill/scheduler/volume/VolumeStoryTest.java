package dev.waybill.scheduler.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.Scheduler;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Claims, volumes and the pods that wait for them; the test carries out what is asked for, as the writer does. */
class VolumeStoryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<String, ObjectView> objects = new LinkedHashMap<>();
    private final Deque<Runnable> answers = new ArrayDeque<>();
    private final List<PodBound> bound = new ArrayList<>();
    private final List<String> unschedulable = new ArrayList<>();
    private long revision;
    private int requests;

    private final Scheduler scheduler = new Scheduler(
            new Scheduler.Decisions() {
                @Override
                public void request(String id, DesiredStateRequest request, TraceContext trace) {
                    answers.add(() -> carryOut(id, request));
                }

                @Override
                public void bound(PodBound decision, TraceContext trace) {
                    bound.add(decision);
                }

                @Override
                public void unschedulable(PodUnschedulable decision, TraceContext trace) {
                    unschedulable.add(decision.getMessage());
                }

                @Override
                public String newId() {
                    return "r" + requests++;
                }
            },
            NOW);

    @BeforeEach
    void twoNodes() {
        for (String node : List.of("n1", "n2")) {
            put("nodes", "", node, """
                    {"metadata":{"labels":{"kubernetes.io/hostname":"%s"},
                      "annotations":{"waybill.dev/local-volumes":"/v/%s"}},
                     "status":{"allocatable":{"cpu":"2","memory":"1Gi","pods":"10"},
                      "conditions":[{"type":"Ready","status":"True"}]}}""".formatted(node, node));
        }
        put("storageclasses", "", "local-directory", """
                {"provisioner":"waybill.dev/local-directory","reclaimPolicy":"Delete",
                 "volumeBindingMode":"WaitForFirstConsumer"}""");
        scheduler.caughtUp(NOW);
    }

    private void carryOut(String id, DesiredStateRequest request) {
        String key = key(request.getResource(), request.getNamespace(), request.getName());
        ObjectView before = objects.get(key);
        switch (request.getOperation()) {
            case CREATE -> put(request.getResource(), request.getNamespace(), request.getName(), request.getManifest());
            case PATCH -> {
                assertThat(before).as(key).isNotNull();
                ObjectNode tree = (ObjectNode) before.json().deepCopy();
                merge(tree, JsonMapper.shared().readTree(request.getManifest()));
                boolean over = tree.path("metadata").has("deletionTimestamp")
                        && tree.path("metadata").path("finalizers").isEmpty();
                replay(before.resource(), before.namespace(), before.name(), before.uid(), tree, over);
            }
            case DELETE -> delete(request.getResource(), request.getNamespace(), request.getName());
            default -> throw new AssertionError(request);
        }
        scheduler.answered(id, revision, "", NOW);
        scheduler.decide(NOW);
    }

    private static void merge(ObjectNode tree, JsonNode patch) {
        patch.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                tree.remove(field.getKey());
            } else if (field.getValue().isObject()) {
                merge(tree.withObject("/" + field.getKey().replace("~", "~0").replace("/", "~1")), field.getValue());
            } else {
                tree.set(field.getKey(), field.getValue());
            }
        });
    }

    private void delete(String resource, String namespace, String name) {
        ObjectView before = objects.get(key(resource, namespace, name));
        ObjectNode tree = (ObjectNode) before.json().deepCopy();
        tree.withObject("/metadata").put("deletionTimestamp", NOW.toString());
        replay(
                resource,
                namespace,
                name,
                before.uid(),
                tree,
                tree.path("metadata").path("finalizers").isEmpty());
    }

    private void put(String resource, String namespace, String name, String json) {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(json);
        if (resource.equals("persistentvolumes")) {
            tree.withObject("/metadata").putArray("finalizers").add("kubernetes.io/pv-protection");
            tree.withObject("/status").put("phase", "Pending");
        }
        replay(resource, namespace, name, "uid-" + name, tree, false);
    }

    private void replay(String resource, String namespace, String name, String uid, JsonNode tree, boolean deleted) {
        ObjectView view = new ObjectView(resource, namespace, name, uid, ++revision, 1, tree, TraceContext.NONE);
        if (deleted) {
            objects.remove(key(resource, namespace, name));
        } else {
            objects.put(key(resource, namespace, name), view);
        }
        scheduler.replay(view, deleted);
    }

    private static String key(String resource, String namespace, String name) {
        return resource + "/" + namespace + "/" + name;
    }

    private void claim(String name, String storageClass) {
        put("persistentvolumeclaims", "shop", name, """
                {"metadata":{"finalizers":["kubernetes.io/pvc-protection"]},
                 "spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"%s",
                         "resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Pending"}}""".formatted(storageClass));
    }

    private void volume(String name, String storageClass, String size, String node) {
        put("persistentvolumes", "", name, """
                {"spec":{"capacity":{"storage":"%s"},"accessModes":["ReadWriteOnce"],"storageClassName":"%s",
                  "persistentVolumeReclaimPolicy":"Retain","local":{"path":"/disk"},
                  "nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[
                    {"key":"kubernetes.io/hostname","operator":"In","values":["%s"]}]}]}}}}""".formatted(size, storageClass, node));
    }

    private void pod(String name, String claim, String more) {
        put("pods", "shop", name, """
                {"spec":{"containers":[{"name":"c"}],%s
                 "volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"%s"}}]}}""".formatted(more, claim));
    }

    private void settle() {
        scheduler.decide(NOW);
        for (int i = 0; i < 100 && !answers.isEmpty(); i++) {
            answers.remove().run();
        }
        assertThat(answers).as("it comes to an end").isEmpty();
    }

    private String phase(String resource, String namespace, String name) {
        ObjectView object = objects.get(key(resource, namespace, name));
        return object == null ? "gone" : object.status().path("phase").asString("");
    }

    @Test
    void aDirectoryIsMadeOnTheNodeOfTheFirstConsumerAndGoesWithItsClaim() {
        claim("data", "local-directory");
        settle();
        assertThat(phase("persistentvolumeclaims", "shop", "data")).isEqualTo("Pending");
        pod("web", "data", "\"nodeSelector\":{\"kubernetes.io/hostname\":\"n2\"},");
        settle();
        assertThat(phase("persistentvolumeclaims", "shop", "data")).isEqualTo("Bound");
        ObjectView volume = objects.get(key("persistentvolumes", "", "pvc-uid-data"));
        assertThat(volume.spec().path("local").path("path").asString()).isEqualTo("/v/n2/pvc-uid-data");
        assertThat(phase("persistentvolumes", "", "pvc-uid-data")).isEqualTo("Bound");
        assertThat(bound).extracting(PodBound::getNodeName).containsExactly("n2");
        pod("second", "data", "");
        settle();
        assertThat(bound)
                .as("where the volume is")
                .extracting(PodBound::getNodeName)
                .containsExactly("n2", "n2");

        delete("persistentvolumeclaims", "shop", "data");
        settle();
        assertThat(phase("persistentvolumeclaims", "shop", "data")).as("in use").isEqualTo("Bound");
        for (String pod : List.of("web", "second")) {
            delete("pods", "shop", pod);
        }
        settle();
        assertThat(phase("persistentvolumeclaims", "shop", "data")).isEqualTo("gone");
        assertThat(phase("persistentvolumes", "", "pvc-uid-data")).isEqualTo("gone");
    }

    @Test
    void theSmallestVolumeThatSuitsIsTakenAtOnceByAClaimOfAnImmediateClass() {
        volume("large", "manual", "10Gi", "n1");
        volume("fits", "manual", "2Gi", "n1");
        volume("small", "manual", "1Mi", "n1");
        settle();
        assertThat(phase("persistentvolumes", "", "fits")).isEqualTo("Available");
        pod("web", "data", "");
        settle();
        assertThat(unschedulable).containsExactly("0/2 nodes are available: persistentvolumeclaim \"data\" not found.");
        claim("data", "manual");
        settle();
        assertThat(phase("persistentvolumeclaims", "shop", "data")).isEqualTo("Bound");
        assertThat(phase("persistentvolumes", "", "fits")).isEqualTo("Bound");
        assertThat(bound).extracting(PodBound::getNodeName).containsExactly("n1");
        delete("pods", "shop", "web");
        delete("persistentvolumeclaims", "shop", "data");
        settle();
        assertThat(phase("persistentvolumes", "", "fits")).as("retained").isEqualTo("Released");
        claim("other", "manual");
        settle();
        assertThat(phase("persistentvolumes", "", "large"))
                .as("a released one is not free")
                .isEqualTo("Bound");
    }

    @Test
    void aPodWaitsForAVolumeAndSaysSo() {
        claim("data", "manual");
        pod("web", "data", "");
        settle();
        assertThat(unschedulable)
                .containsExactly("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
        volume("late", "manual", "1Gi", "n2");
        settle();
        assertThat(bound).extracting(PodBound::getNodeName).containsExactly("n2");
    }

    @Test
    void aVolumeElsewhereKeepsThePodFromItsNode() {
        volume("there", "manual", "1Gi", "n2");
        claim("data", "manual");
        pod("web", "data", "\"nodeSelector\":{\"kubernetes.io/hostname\":\"n1\"},");
        settle();
        assertThat(bound).isEmpty();
        assertThat(unschedulable.getLast())
                .contains("1 node(s) didn't match Pod's node affinity/selector")
                .contains("1 " + VolumeNeeds.WRONG_NODE);
    }
}
