package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.PatchType;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims and volumes as they are admitted, and what nodes are told of them. */
class StorageObjectsTest {
    private final WriterBench writer = new WriterBench();

    @BeforeEach
    void aNode() {
        writer.node("n1", 10);
        writer.create("""
                {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data","namespace":"default"},
                 "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
    }

    private void volume(String annotations) {
        writer.create("""
                {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"pv","annotations":{%s}},
                 "spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"local":{"path":"/disk"},
                  "claimRef":{"namespace":"default","name":"data","uid":"%s"}}}""".formatted(annotations, claim().uid()));
        writer.patch(claim(), PatchType.MERGE, "{\"spec\":{\"volumeName\":\"pv\"}}");
    }

    private StoredObject claim() {
        return writer.get("persistentvolumeclaims", "default", "data");
    }

    private void pod() {
        writer.create("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default"},"spec":{
                 "containers":[{"name":"c","image":"i"}],
                 "volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]}}""");
        writer.bind("web", "n1");
    }

    /** What n1 was told, in order: name and whether it is there; a tombstone has no value. */
    private List<String> told() {
        return writer.emissions.stream()
                .filter(emission -> emission.key().startsWith("n1/objects//persistentvolume"))
                .map(emission -> emission.key().substring("n1/objects//".length())
                        + (emission.event() instanceof NodeObjectPublished object ? " " + object.getExists() : " -"))
                .toList();
    }

    @Test
    void aClaimGetsTheDefaultClassAndIsProtected() {
        assertThat(claim().raw()).contains("\"storageClassName\":\"local-directory\"", "kubernetes.io/pvc-protection");
        writer.delete(claim(), "{}");
        assertThat(claim().deleting()).as("until its finalizer goes").isTrue();
        writer.create("""
                {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"none","namespace":"default"},
                 "spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"",
                  "resources":{"requests":{"storage":"1Gi"}}}}""");
        assertThat(writer.get("persistentvolumeclaims", "default", "none").raw())
                .as("no class is a choice, too")
                .contains("\"storageClassName\":\"\"");
    }

    @Test
    void aNodeKnowsClaimAndVolumeWhileItsPodsNeedThem() {
        volume("");
        assertThat(told()).isEmpty();
        pod();
        assertThat(told()).containsExactly("persistentvolumeclaims/default/data true", "persistentvolumes//pv true");
        writer.emissions.clear();
        writer.delete(writer.get("pods", "default", "web"), "{\"gracePeriodSeconds\":0}");
        assertThat(told()).containsExactly("persistentvolumeclaims/default/data -", "persistentvolumes//pv -");
    }

    @Test
    void aNodeKnowsTheVolumeThatItMadeFromBeginningToEnd() {
        volume("\"waybill.dev/node\":\"n1\"");
        assertThat(told()).containsExactly("persistentvolumes//pv true");
        pod();
        writer.emissions.clear();
        writer.delete(writer.get("pods", "default", "web"), "{\"gracePeriodSeconds\":0}");
        assertThat(told()).as("the volume stays known").containsExactly("persistentvolumeclaims/default/data -");
        StoredObject volume = writer.get("persistentvolumes", "", "pv");
        writer.delete(volume, "{}");
        writer.emissions.clear();
        writer.patch(
                writer.get("persistentvolumes", "", "pv"), PatchType.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        assertThat(told()).endsWith("persistentvolumes//pv false", "persistentvolumes//pv -");
    }
}
