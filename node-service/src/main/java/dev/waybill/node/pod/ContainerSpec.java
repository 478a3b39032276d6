package dev.waybill.node.pod;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One container as the manifest says. Immutable.
 *
 * @param knobs the pod's annotations below waybill.dev that concern this container, not yet checked
 * @param restartsOnResize cpu, memory: resources whose change takes a restart
 * @param target of an ephemeral container the one whose processes it sees; empty for none
 */
public record ContainerSpec(
        String name,
        String image,
        PullPolicy pullPolicy,
        List<String> command,
        List<String> args,
        String workingDir,
        List<EnvVar> env,
        List<EnvFrom> envFrom,
        List<Port> ports,
        ResourceNeeds resources,
        List<VolumeMount> mounts,
        PodSpec.Security security,
        String terminationMessagePath,
        boolean messageFromLog,
        Stdin stdin,
        boolean tty,
        boolean sidecar,
        Map<String, String> knobs,
        Map<ProbeSpec.Kind, ProbeSpec> probes,
        Lifecycle lifecycle,
        Set<String> restartsOnResize,
        String target) {

    /** Whether the first process has an input, and whether that outlives the first who attaches to it. */
    public enum Stdin {
        NONE,
        ONCE,
        KEPT
    }

    /** When the image is asked of its registry. */
    public enum PullPolicy {
        ALWAYS("Always"),
        IF_NOT_PRESENT("IfNotPresent"),
        NEVER("Never");

        private final String text;

        PullPolicy(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** A variable: its value, or where the value comes from. */
    public record EnvVar(
            String name, String value, @Nullable EnvSource source) {}

    /** Where the value of a variable comes from. */
    public sealed interface EnvSource {
        /** A key of a ConfigMap ({@code configmaps}) or Secret ({@code secrets}). */
        record ObjectKey(String resource, String object, String key, boolean optional) implements EnvSource {}

        /** A field of the pod. */
        record Field(String path) implements EnvSource {}

        /** A request or limit of a container of the pod; an empty name is the container itself. */
        record Resource(String container, String resource, String divisor) implements EnvSource {}
    }

    /** All keys of a ConfigMap or Secret as variables. */
    public record EnvFrom(String resource, String object, String prefix, boolean optional) {}

    /** A port; {@code hostPort} 0 is none. */
    public record Port(String name, int containerPort, int hostPort, String protocol, String hostIp) {}

    /**
     * Where a volume appears in the container.
     *
     * @param expanded whether the sub-path holds $(VARIABLES) of the container
     */
    public record VolumeMount(
            String volume, String path, String subPath, boolean expanded, boolean readOnly, Propagation propagation) {}

    /** Which mounts that are made later are seen on the other side (mount_namespaces(7)). */
    public enum Propagation {
        NONE,
        HOST_TO_CONTAINER,
        BIDIRECTIONAL
    }

    /**
     * Requests and limits in millicores and bytes; 0 is none.
     *
     * @param hugepages bytes by page size as manifests write it, {@code 2Mi}
     */
    public record ResourceNeeds(
            long cpuRequestMillis,
            long cpuLimitMillis,
            long memoryRequestBytes,
            long memoryLimitBytes,
            Map<String, Long> hugepages) {
        public static final ResourceNeeds NONE = new ResourceNeeds(0, 0, 0, 0);

        public ResourceNeeds(
                long cpuRequestMillis, long cpuLimitMillis, long memoryRequestBytes, long memoryLimitBytes) {
            this(cpuRequestMillis, cpuLimitMillis, memoryRequestBytes, memoryLimitBytes, Map.of());
        }
    }

    /** What the container may use, as its pod says it; a change of it is carried out while the container runs. */
    public record Wishes(ResourceNeeds resources, Map<String, String> knobs) {}

    /** The same container with other wishes. */
    ContainerSpec with(Wishes wishes) {
        return new ContainerSpec(
                name,
                image,
                pullPolicy,
                command,
                args,
                workingDir,
                env,
                envFrom,
                ports,
                wishes.resources(),
                mounts,
                security,
                terminationMessagePath,
                messageFromLog,
                stdin,
                tty,
                sidecar,
                wishes.knobs(),
                probes,
                lifecycle,
                restartsOnResize,
                target);
    }

    public Wishes wishes() {
        return new Wishes(resources, knobs);
    }
}
