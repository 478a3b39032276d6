package dev.waybill.node.token;

import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;

/** The token that a pod wants. Immutable. */
public record TokenWish(String namespace, String account, String pod, String podUid, String audience, long seconds) {
    static TokenWish of(PodSpec pod, VolumeSpec.Source.AccountToken source) {
        return new TokenWish(
                pod.namespace(), pod.serviceAccountName(), pod.name(), pod.uid(), source.audience(), source.seconds());
    }
}
