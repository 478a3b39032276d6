package dev.waybill.system;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;

/** Clients of the API as other projects have them. */
final class Clients {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Clients() {}

    /** A client that asks once, so that each answer is the answer to one request; to be closed. */
    static KubernetesClient of(String kubeconfig) {
        Config config = Config.fromKubeconfig(kubeconfig);
        config.setRequestRetryBackoffLimit(0);
        config.setRequestTimeout((int) PATIENCE.toMillis());
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
