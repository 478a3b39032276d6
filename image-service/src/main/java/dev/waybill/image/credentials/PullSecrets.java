package dev.waybill.image.credentials;

import java.time.Duration;
import java.util.List;

/** The pull secrets that were published to this node. Thread-safe. */
@FunctionalInterface
public interface PullSecrets {

    /** Where no secrets are known. */
    PullSecrets NONE = (_, _, _) -> Keyring.EMPTY;

    /**
     * What these secrets allow; equal for equal contents. A secret that doesn't exist gives nothing, as in Kubernetes.
     *
     * @param limit how long one may be waited for that has not reached this node yet
     */
    Keyring of(String namespace, List<String> names, Duration limit) throws InterruptedException;
}
