package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOutcome;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Everything that a ResourceQuota can name beside pods' CPU and memory: counted exactly, refused in Kubernetes' words. */
class QuotaUseTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void storageAsAWholeAndByClass() {
        quota("requests.storage: 5Gi, fast.storageclass.storage.k8s.io/requests.storage: 2Gi,"
                + " fast.storageclass.storage.k8s.io/persistentvolumeclaims: 2, persistentvolumeclaims: 9");
        created(claim("a", "fast", "1Gi"));
        created(claim("b", "slow", "3Gi"));
        assertThat(used("requests.storage")).isEqualTo("4Gi");
        assertThat(used("fast.storageclass.storage.k8s.io/requests.storage")).isEqualTo("1Gi");
        assertThat(used("fast.storageclass.storage.k8s.io/persistentvolumeclaims"))
                .isEqualTo("1");
        assertThat(claim("c", "fast", "2Gi").getMessage())
                .isEqualTo("persistentvolumeclaims \"c\" is forbidden: exceeded quota: q, requested:"
                        + " fast.storageclass.storage.k8s.io/requests.storage=2Gi,requests.storage=2Gi, used:"
                        + " fast.storageclass.storage.k8s.io/requests.storage=1Gi,requests.storage=4Gi, limited:"
                        + " fast.storageclass.storage.k8s.io/requests.storage=2Gi,requests.storage=5Gi");
        assertThat(claim("c", "slow", "1Gi").getCode()).as("the last of it").isEqualTo(201);
    }

    @Test
    void nodePortsAndLoadBalancersWithTheirChanges() {
        quota("services: 9, services.nodeports: 2, services.loadbalancers: 1");
        created(service("a", "NodePort", 2, ""));
        created(service("plain", "ClusterIP", 3, ""));
        assertThat(used("services.nodeports")).isEqualTo("2");
        assertThat(service("b", "NodePort", 1, "").getMessage())
                .isEqualTo("services \"b\" is forbidden: exceeded quota: q, requested: services.nodeports=1, used:"
                        + " services.nodeports=2, limited: services.nodeports=2");
        created(service("lb", "LoadBalancer", 2, ",\"allocateLoadBalancerNodePorts\":false"));
        assertThat(used("services.loadbalancers")).isEqualTo("1");
        assertThat(patch("services", "plain", "{\"spec\":{\"type\":\"LoadBalancer\"}}")
                        .getMessage())
                .contains("exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=3, used:"
                        + " services.loadbalancers=1,services.nodeports=2");
        assertThat(patch("services", "a", "{\"spec\":{\"type\":\"ClusterIP\"}}").getCode())
                .isEqualTo(200);
        assertThat(used("services.nodeports")).isEqualTo("0");
    }

    @Test
    void whatPodsAskForBesidesCpuAndMemory() {
        quota("requests.ephemeral-storage: 2Gi, limits.ephemeral-storage: 4Gi, hugepages-2Mi: 4Mi,"
                + " requests.example.com/gpu: 2");
        created(pod(
                "a",
                "{'requests':{'ephemeral-storage':'1Gi'},'limits':{'ephemeral-storage':'3Gi','cpu':'1',"
                        + "'hugepages-2Mi':'2Mi','example.com/gpu':'2'}}"));
        assertThat(Stream.of(
                                "requests.ephemeral-storage",
                                "limits.ephemeral-storage",
                                "hugepages-2Mi",
                                "requests.example.com/gpu")
                        .map(this::used)
                        .collect(Collectors.joining(" ")))
                .isEqualTo("1Gi 3Gi 2Mi 2");
        assertThat(pod("b", "{'limits':{'cpu':'1','hugepages-2Mi':'4Mi','example.com/gpu':'1'}}")
                        .getMessage())
                .isEqualTo("pods \"b\" is forbidden: exceeded quota: q, requested: hugepages-2Mi=4Mi,"
                        + "requests.example.com/gpu=1, used: hugepages-2Mi=2Mi,requests.example.com/gpu=2, limited:"
                        + " hugepages-2Mi=4Mi,requests.example.com/gpu=2");
        created(pod("c", "{}"));
        writer.delete(writer.get("pods", "default", "a"), "{}");
        assertThat(used("requests.example.com/gpu")).isEqualTo("0");
    }

    @Test
    void objectsOfEveryKindAreCounted() {
        writer.create("""
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"ships.example.com"},
                 "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"ships","kind":"Ship"},
                  "versions":[{"name":"v1","served":true,"storage":true,
                   "schema":{"openAPIV3Schema":{"type":"object"}}}]}}""");
        quota("count/ships.example.com: 1, count/deployments.apps: 0, count/configmaps: 2");
        created(ship("a"));
        assertThat(ship("b").getMessage())
                .isEqualTo("ships.example.com \"b\" is forbidden: exceeded quota: q, requested:"
                        + " count/ships.example.com=1, used: count/ships.example.com=1, limited:"
                        + " count/ships.example.com=1");
        assertThat(used("count/configmaps"))
                .as("the certificate of the cluster")
                .isEqualTo("1");
    }

    @Test
    void namesAndAmountsThatCannotBe() {
        assertThat(refused("gpu: 1"))
                .isEqualTo("ResourceQuota \"q\" is invalid: spec.hard[gpu]: Invalid value: \"gpu\": must be a standard"
                        + " resource for quotas");
        assertThat(refused("pods: 1500m"))
                .isEqualTo("ResourceQuota \"q\" is invalid: spec.hard[pods]: Invalid value: \"1500m\": must be an"
                        + " integer");
    }

    private void quota(String hard) {
        created(ask(hard));
    }

    private String refused(String hard) {
        return ask(hard).getMessage();
    }

    private RequestOutcome ask(String hard) {
        String amounts = Stream.of(hard.split(",\\s*"))
                .map(each -> "\"" + each.replace(": ", "\":\"") + "\"")
                .collect(Collectors.joining(","));
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"q\","
                + "\"namespace\":\"default\"},\"spec\":{\"hard\":{" + amounts + "}}}");
    }

    private String used(String resource) {
        return writer.get("resourcequotas", "default", "q")
                .json()
                .path("status")
                .path("used")
                .path(resource)
                .asString("");
    }

    private static void created(RequestOutcome outcome) {
        assertThat(outcome.getMessage()).isEmpty();
    }

    private RequestOutcome patch(String resource, String name, String patch) {
        return writer.patch(writer.get(resource, "default", name), PatchType.MERGE, patch);
    }

    private RequestOutcome service(String name, String type, int ports, String more) {
        String list = Stream.iterate(80, port -> port + 1)
                .limit(ports)
                .map(port -> "{\"name\":\"p" + port + "\",\"port\":" + port + "}")
                .collect(Collectors.joining(","));
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":{\"type\":\"" + type + "\",\"ports\":[" + list + "]" + more
                + "}}");
    }

    private RequestOutcome claim(String name, String storageClass, String storage) {
        return writer.create(
                "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"metadata\":{\"name\":\"" + name
                        + "\",\"namespace\":\"default\"},\"spec\":{\"storageClassName\":\"" + storageClass
                        + "\",\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"" + storage
                        + "\"}}}}");
    }

    private RequestOutcome pod(String name, String resources) {
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":"
                + resources.replace('\'', '"') + "}]}}");
    }

    private RequestOutcome ship(String name) {
        return writer.create("{\"apiVersion\":\"example.com/v1\",\"kind\":\"Ship\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"}}");
    }
}
