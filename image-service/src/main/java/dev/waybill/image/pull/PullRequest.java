package dev.waybill.image.pull;

import dev.waybill.runtime.TraceContext;
import java.util.List;

/**
 * Somebody waits for an image. Immutable.
 *
 * @param id what the answer repeats
 * @param reference as the manifest writes it
 * @param pullPolicy Always, IfNotPresent or Never
 * @param namespace of the pod
 * @param pullSecrets names of Secrets of that namespace
 * @param trace what its events belong to
 * @param sinceNanos when it arrived, by the JVM's clock
 */
public record PullRequest(
        String id,
        String reference,
        String pullPolicy,
        String namespace,
        List<String> pullSecrets,
        TraceContext trace,
        long sinceNanos) {

    public PullRequest {
        pullSecrets = List.copyOf(pullSecrets);
    }

    /** What requests that share a pull have in common: the image, and whose credentials fetch it. */
    public String sharedAs(String image) {
        return pullSecrets.isEmpty() ? image : image + " as " + namespace + "/" + String.join(",", pullSecrets);
    }
}
