package dev.waybill.system;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The objects that these tests ask for, each as small as it may be. */
final class Manifests {
    private static final String IMAGE = "registry.invalid/app:v1";

    private Manifests() {}

    /** Makes a namespace; returns its name. */
    static String namespace(KubernetesClient client, String name) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    static ConfigMap configMap(String namespace, String name, String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withData(Map.of("value", value))
                .build();
    }

    /** A pod that fits no node: its life is in the log only. */
    static Pod pendingPod(String namespace, String name) {
        Pod pod = pod(namespace, name);
        pod.getSpec().setNodeSelector(Map.of("waybill.dev/none", "such"));
        return pod;
    }

    static Pod pod(String namespace, String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("app")
                .withImage(IMAGE)
                .withNewResources()
                .addToRequests("cpu", new Quantity("10m"))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    static Deployment deployment(String namespace, String name, int replicas) {
        return deployment(namespace, name, IMAGE, replicas);
    }

    static Deployment deployment(String namespace, String name, String image, int replicas) {
        Map<String, String> labels = Map.of("app", name);
        return new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(labels)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("app")
                .withImage(image)
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    static ResourceQuota podQuota(String namespace, int pods) {
        return new ResourceQuotaBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("quota")
                .endMetadata()
                .withNewSpec()
                .addToHard("pods", new Quantity(Integer.toString(pods)))
                .addToHard("requests.cpu", new Quantity("100"))
                .endSpec()
                .build();
    }

    static GenericKubernetesResource quotaPool(String name, int pods, String namespace) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion("waybill.dev/v1alpha1")
                .withKind("QuotaPool")
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withAdditionalProperties(Map.of(
                        "spec",
                        Map.of("capacity", Map.of("pods", Integer.toString(pods)), "namespaces", List.of(namespace))))
                .build();
    }

    /** A file of the tests' resources with some of its text replaced. */
    static InputStream resource(String name, Map<String, String> replaced) throws IOException {
        try (InputStream in = Objects.requireNonNull(Manifests.class.getResourceAsStream("/" + name), name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (Map.Entry<String, String> entry : replaced.entrySet()) {
                text = text.replace(entry.getKey(), entry.getValue());
            }
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
