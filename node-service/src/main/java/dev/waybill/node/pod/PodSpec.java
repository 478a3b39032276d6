package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A pod as its manifest says, reduced to what a node needs. Immutable.
 *
 * @param os the system that it is for; empty for whichever the node has
 * @param activeDeadline how long it may run since its start; null for ever
 */
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
        String os,
        HostName hostName,
        RestartPolicy restartPolicy,
        @Nullable Duration activeDeadline,
        QosClass qosClass,
        ContainerSpec.ResourceNeeds overhead,
        Isolation isolation,
        Security security,
        String dnsPolicy,
        List<String> nameservers,
        List<String> searches,
        List<String> dnsOptions,
        Map<String, List<String>> hostAliases,
        List<ContainerSpec> initContainers,
        List<ContainerSpec> containers,
        List<ContainerSpec> ephemeralContainers,
        List<VolumeSpec> volumes,
        StorageLimits storage,
        List<String> imagePullSecrets) {

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

    /**
     * What the pod's containers share with the machine and with each other.
     *
     * @param shareProcesses one process namespace for all of them
     * @param hostUsers whether their user ids are the machine's
     * @param runtimeClass name of the RuntimeClass; empty for the node's own runtime
     */
    public record Isolation(
            boolean hostNetwork,
            boolean hostPid,
            boolean hostIpc,
            boolean shareProcesses,
            boolean hostUsers,
            String runtimeClass) {}

    /**
     * The parts of a security context that are set; a container's overrides its pod's.
     *
     * @param unmaskedProc whether /proc shows what containers do not see otherwise
     */
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
            Map<String, String> sysctls,
            @Nullable Seccomp seccomp,
            boolean unmaskedProc) {}

    public boolean hostNetwork() {
        return isolation.hostNetwork();
    }

    public boolean hostPid() {
        return isolation.hostPid();
    }

    public boolean hostIpc() {
        return isolation.hostIpc();
    }

    /** Whether the pod has user ids of its own. */
    public boolean ownUsers() {
        return !isolation.hostUsers();
    }

    public Stream<ContainerSpec> allContainers() {
        return Stream.of(initContainers, containers, ephemeralContainers).flatMap(List::stream);
    }

    /** The containers whose resources make up the pod's: ephemeral ones live on what the others leave. */
    public Stream<ContainerSpec> lastingContainers() {
        return Stream.concat(initContainers.stream(), containers.stream());
    }

    /** The memory that all containers together may use; 0 when one has no limit. */
    public long memoryLimitBytes() {
        boolean limited =
                containers.stream().allMatch(container -> container.resources().memoryLimitBytes() > 0);
        return limited
                ? containers.stream()
                        .mapToLong(container -> container.resources().memoryLimitBytes())
                        .sum()
                : 0;
    }

    /** The user that all containers say they run as; null when one says none, or another. */
    public @Nullable Long commonUser() {
        List<@Nullable Long> users = allContainers()
                .map(container -> container.security().runAsUser() != null
                        ? container.security().runAsUser()
                        : security.runAsUser())
                .distinct()
                .toList();
        return users.size() == 1 ? users.getFirst() : null;
    }

    /** Whether mounts that its containers make are seen outside of them. */
    public boolean mountsForOthers() {
        return allContainers()
                .flatMap(container -> container.mounts().stream())
                .anyMatch(mount -> mount.propagation() == ContainerSpec.Propagation.BIDIRECTIONAL);
    }

    /** Whether the container runs while others do: init containers that are no sidecars do not. */
    public boolean runsBesideOthers(ContainerSpec container) {
        return containers.contains(container) || container.sidecar();
    }

    /**
     * The pod with other wishes of its containers, by name.
     *
     * @param wishes containers that are missing keep theirs
     */
    public PodSpec with(Map<String, ContainerSpec.Wishes> wishes) {
        return with(qosClass, wish(initContainers, wishes), wish(containers, wishes));
    }

    private static List<ContainerSpec> wish(List<ContainerSpec> all, Map<String, ContainerSpec.Wishes> wishes) {
        return all.stream()
                .map(container -> container.with(wishes.getOrDefault(container.name(), container.wishes())))
                .toList();
    }

    /** A class of service is for life, whatever a later manifest's resources would give. */
    public PodSpec keeping(QosClass first) {
        return with(first, initContainers, containers);
    }

    private PodSpec with(QosClass qos, List<ContainerSpec> newInit, List<ContainerSpec> newContainers) {
        return new PodSpec(
                uid,
                namespace,
                name,
                labels,
                annotations,
                deletionTimestamp,
                gracePeriodSeconds,
                nodeName,
                serviceAccountName,
                os,
                hostName,
                restartPolicy,
                activeDeadline,
                qos,
                overhead,
                isolation,
                security,
                dnsPolicy,
                nameservers,
                searches,
                dnsOptions,
                hostAliases,
                newInit,
                newContainers,
                ephemeralContainers,
                volumes,
                storage,
                imagePullSecrets);
    }

    public boolean deleting() {
        return deletionTimestamp != null;
    }

    public String key() {
        return namespace + "/" + name;
    }
}
