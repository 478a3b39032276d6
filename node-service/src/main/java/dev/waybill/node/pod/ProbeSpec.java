package dev.waybill.node.pod;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a container is asked how it does. Immutable.
 *
 * @param grace time to end by itself after a failure; null is the pod's
 */
public record ProbeSpec(
        Action action,
        Duration initialDelay,
        Duration period,
        Duration timeout,
        int successThreshold,
        int failureThreshold,
        @Nullable Duration grace) {

    /** What the answer of a probe is about. */
    public enum Kind {
        STARTUP("startup"),
        LIVENESS("liveness"),
        READINESS("readiness");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** What is done to ask. */
    public sealed interface Action {
        /** A command in the container; exit code 0 is well. */
        record Exec(List<String> command) implements Action {}

        /** A GET; codes from 200 to 399 are well. An empty host is the pod. */
        record Http(String scheme, String host, int port, String path, Map<String, String> headers) implements Action {}

        /** A connection; an empty host is the pod. */
        record Tcp(String host, int port) implements Action {}

        /** The health service of a gRPC server in the pod; an empty service is the whole server. */
        record Grpc(int port, String service) implements Action {}

        /** Nothing for a while, which hooks may ask for. */
        record Sleep(Duration time) implements Action {}

        /** One that this node cannot carry out: it fails with the reason. */
        record Unsupported(String reason) implements Action {}
    }
}
