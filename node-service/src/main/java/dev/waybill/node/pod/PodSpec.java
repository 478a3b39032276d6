package dev.waybill.node.pod;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A pod as its manifest says, reduced to what a node needs. Immutable. */
public record PodSpec(
        String uid,
        String namespace,
        String name,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable Instant deletionTimestamp,
        long gracePeriodSeconds,
        String nodeName,
        String serviceAccountName,
        String hostname,
        RestartPolicy restartPolicy,
        QosClass qosClass,
        boolean hostNetwork,
        boolean hostPid,
        boolean hostIpc,
        Security security,
        String dnsPolicy,
        List<String> nameservers,
        List<String> searches,
        Map<String, List<String>> hostAliases,
        List<ContainerSpec> initContainers,
        List<ContainerSpec> containers,
        List<VolumeSpec> volumes) {

    /** When a container that ended is started again. */
    public enum RestartPolicy {
        ALWAYS,
        ON_FAILURE,
        NEVER;

        boolean restarts(int exitCode) {
            return this == ALWAYS || (this == ON_FAILURE && exitCode != 0);
        }
    }

    /** Quality of service, as Kubernetes derives it from requests and limits. */
    public enum QosClass {
        GUARANTEED("Guaranteed"),
        BURSTABLE("Burstable"),
        BEST_EFFORT("BestEffort");

        private final String text;

        QosClass(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        /** The directory of the class in the control group hierarchy. */
        public String directory() {
            return text.toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** The parts of a security context that are set; a container's overrides its pod's. */
    public record Security(
            @Nullable Long runAsUser,
            @Nullable Long runAsGroup,
            @Nullable Long fsGroup,
            List<Long> supplementalGroups,
            @Nullable Boolean runAsNonRoot,
            boolean privileged,
            boolean readOnlyRootFilesystem,
            @Nullable Boolean allowPrivilegeEscalation,
            List<String> addCapabilities,
            List<String> dropCapabilities,
            Map<String, String> sysctls) {}

    public Stream<ContainerSpec> allContainers() {
        return Stream.concat(initContainers.stream(), containers.stream());
    }

    public boolean deleting() {
        return deletionTimestamp != null;
    }

    public String key() {
        return namespace + "/" + name;
    }
}
