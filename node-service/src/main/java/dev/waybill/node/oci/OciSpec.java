package dev.waybill.node.oci;

import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerSpec.Propagation;
import dev.waybill.node.pod.IdRange;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.Sysctls;
import dev.waybill.node.resources.ContainerLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes the OCI {@code config.json} of a container (runtime-spec 1.0). Pure. */
public final class OciSpec {
    private static final List<String> MASKED = List.of(
            "/proc/asound",
            "/proc/acpi",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    /** Shared memory: the pod's, or the container's own. */
    public static final String SHM = "/dev/shm";

    private OciSpec() {}

    /** A file or directory of the node that appears in the container. */
    public record Bind(Path source, String target, boolean readOnly, Propagation propagation) {
        public Bind(Path source, String target, boolean readOnly) {
            this(source, target, readOnly, Propagation.NONE);
        }
    }

    /**
     * Everything that the configuration is made from.
     *
     * @param processNamespace the one to join; null for one of its own
     */
    public record Setup(
            PodSpec pod,
            ContainerSpec container,
            ImageConfig image,
            ProcessUser user,
            List<String> arguments,
            List<String> env,
            List<Bind> binds,
            Path rootfs,
            Path namespaces,
            @Nullable Path processNamespace,
            String cgroup,
            ContainerLimits limits,
            boolean limitSwap,
            HostLimits host,
            Confinement confinement) {
        /** What the process may hold at most. */
        Set<String> capabilities() {
            PodSpec.Security security = container.security();
            return Capabilities.of(
                    security.addCapabilities(),
                    security.dropCapabilities(),
                    security.privileged(),
                    host.capabilities());
        }
    }

    public static ObjectNode write(Setup setup) {
        ObjectNode spec = JsonNodeFactory.instance.objectNode();
        spec.put("ociVersion", "1.0.2");
        process(spec.putObject("process"), setup);
        spec.putObject("root")
                .put("path", setup.rootfs().toString())
                .put("readonly", setup.container().security().readOnlyRootFilesystem());
        mounts(spec.putArray("mounts"), setup);
        linux(spec.putObject("linux"), setup);
        return spec;
    }

    private static void process(ObjectNode process, Setup setup) {
        PodSpec.Security security = setup.container().security();
        process.put("terminal", setup.container().tty());
        ObjectNode user = process.putObject("user")
                .put("uid", setup.user().uid())
                .put("gid", setup.user().gid());
        Set<Long> groups = new TreeSet<>(setup.user().additionalGids());
        groups.addAll(setup.pod().security().supplementalGroups());
        if (setup.pod().security().fsGroup() != null) {
            groups.add(setup.pod().security().fsGroup());
        }
        ArrayNode additional = user.putArray("additionalGids");
        groups.forEach(additional::add);
        strings(process.putArray("args"), setup.arguments());
        strings(process.putArray("env"), setup.env());
        String directory = setup.container().workingDir().isEmpty()
                ? setup.image().workingDir()
                : setup.container().workingDir();
        process.put("cwd", directory.isEmpty() ? "/" : directory);
        Set<String> set = setup.capabilities();
        ObjectNode capabilities = process.putObject("capabilities");
        strings(capabilities.putArray("bounding"), set);
        // A user other than root gets them by the bounding set only, as with Docker.
        if (setup.user().uid() == 0) {
            strings(capabilities.putArray("effective"), set);
            strings(capabilities.putArray("permitted"), set);
        }
        process.put("noNewPrivileges", Boolean.FALSE.equals(security.allowPrivilegeEscalation()));
        OciResources.process(process, setup);
    }

    private static void mounts(ArrayNode mounts, Setup setup) {
        boolean privileged = setup.container().security().privileged();
        mount(mounts, "/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev"));
        mount(mounts, "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k"));
        mount(
                mounts,
                "/dev/pts",
                "devpts",
                "devpts",
                List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
        mount(mounts, "/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev"));
        mount(mounts, "/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", privileged ? "rw" : "ro"));
        if (setup.limits().shmBytes() > 0) {
            mount(
                    mounts,
                    SHM,
                    "tmpfs",
                    "shm",
                    List.of(
                            "nosuid",
                            "nodev",
                            "noexec",
                            "mode=1777",
                            "size=" + setup.limits().shmBytes()));
        }
        for (Bind bind : setup.binds()) {
            mount(
                    mounts,
                    bind.target(),
                    "bind",
                    bind.source().toString(),
                    List.of("rbind", "r" + kind(bind.propagation()), bind.readOnly() ? "ro" : "rw"));
        }
    }

    private static String kind(Propagation propagation) {
        return switch (propagation) {
            case NONE -> "private";
            case HOST_TO_CONTAINER -> "slave";
            case BIDIRECTIONAL -> "shared";
        };
    }

    private static void mount(ArrayNode mounts, String target, String type, String source, List<String> options) {
        ObjectNode mount =
                mounts.addObject().put("destination", target).put("type", type).put("source", source);
        strings(mount.putArray("options"), options);
    }

    private static void linux(ObjectNode linux, Setup setup) {
        PodSpec pod = setup.pod();
        ArrayNode namespaces = linux.putArray("namespaces");
        namespaces.addObject().put("type", "mount");
        namespaces.addObject().put("type", "cgroup");
        Confinement confinement = setup.confinement();
        Path processes = setup.processNamespace() != null ? setup.processNamespace() : confinement.processes();
        if (processes != null) {
            shared(namespaces, "pid", processes);
        } else if (!pod.hostPid()) {
            namespaces.addObject().put("type", "pid");
        }
        if (!pod.hostIpc()) {
            shared(namespaces, "ipc", setup.namespaces().resolve(PodNamespaces.IPC));
        }
        if (!pod.hostNetwork()) {
            shared(namespaces, "network", setup.namespaces().resolve(PodNamespaces.NETWORK));
            shared(namespaces, "uts", setup.namespaces().resolve(PodNamespaces.UTS));
        }
        if (confinement.users() != null) {
            shared(namespaces, "user", setup.namespaces().resolve(PodNamespaces.USER));
            mappings(linux, confinement.users());
        }
        if (confinement.seccomp() != null) {
            linux.set("seccomp", confinement.seccomp().of(setup.capabilities(), Architecture.name()));
        }
        // A mount can be no more than what the root it is made from is (config-linux: rootfsPropagation).
        setup.binds().stream()
                .map(Bind::propagation)
                .max(Comparator.naturalOrder())
                .filter(most -> most != Propagation.NONE)
                .ifPresent(most -> linux.put("rootfsPropagation", "r" + kind(most)));
        linux.put("cgroupsPath", setup.cgroup());
        OciResources.linux(linux, setup);
        ObjectNode sysctls = linux.putObject("sysctl");
        pod.security().sysctls().forEach((name, value) -> sysctls.put(Sysctls.normal(name), value));
        PodSpec.Security security = setup.container().security();
        if (!security.privileged() && !security.unmaskedProc()) {
            strings(linux.putArray("maskedPaths"), MASKED);
            strings(linux.putArray("readonlyPaths"), READ_ONLY);
        }
    }

    /** Which ids of the machine a user namespace's are. */
    static void mappings(ObjectNode linux, IdRange users) {
        for (String name : List.of("uidMappings", "gidMappings")) {
            linux.putArray(name)
                    .addObject()
                    .put("containerID", 0)
                    .put("hostID", users.first())
                    .put("size", users.count());
        }
    }

    private static void shared(ArrayNode namespaces, String type, Path file) {
        namespaces.addObject().put("type", type).put("path", file.toString());
    }

    private static void strings(ArrayNode array, Iterable<String> values) {
        values.forEach(array::add);
    }

    /** The environment that every process has unless image or pod say otherwise. */
    public static List<String> baseEnv(ImageConfig image, String hostname, String home, boolean tty) {
        List<String> env = new ArrayList<>();
        env.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        env.add("HOSTNAME=" + hostname);
        env.add("HOME=" + home);
        if (tty) {
            env.add("TERM=xterm");
        }
        env.addAll(image.env());
        return env;
    }
}
