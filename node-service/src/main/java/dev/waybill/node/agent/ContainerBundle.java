package dev.waybill.node.agent;

import dev.waybill.node.kernel.KernelException;
import dev.waybill.node.kernel.Mounts;
import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.oci.Confinement;
import dev.waybill.node.oci.ImageConfig;
import dev.waybill.node.oci.OciSpec;
import dev.waybill.node.oci.ProcessUser;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.EnvResolver;
import dev.waybill.node.pod.IdRange;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodFields;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.storage.Owners;
import dev.waybill.node.storage.PodFiles;
import dev.waybill.node.storage.PodVolumes;
import dev.waybill.node.storage.StorageDriver;
import dev.waybill.node.storage.SubPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the OCI bundle of a container: its root file system, its mounts, its {@code config.json}. */
final class ContainerBundle {
    private static final String CREATE_ERROR = "CreateContainerError";
    static final String TERMINATION_LOG = "termination-log";

    private final NodeHost host;
    private final ObjectSource objects;
    private final PodIsolation isolation;

    ContainerBundle(NodeHost host, ObjectSource objects, PodIsolation isolation) {
        this.host = host;
        this.objects = objects;
        this.isolation = isolation;
    }

    /**
     * Writes the bundle.
     *
     * @throws ContainerConfigException when the pod asks for what is not there
     */
    void write(
            PodSpec pod,
            ContainerSpec container,
            int attempt,
            ImageFacts image,
            String podIp,
            @Nullable Path processNamespace,
            ContainerLimits limits)
            throws IOException {
        PodPaths paths = host.paths(pod.uid());
        PodFields fields = new PodFields(pod, pod.hostNetwork() ? host.address() : podIp, host.address());
        Map<String, Path> volumes = PodVolumes.prepare(paths.volumes(), fields, objects);
        Path bundle = paths.bundle(container.name(), attempt);
        Files.createDirectories(bundle);
        Confinement confinement = isolation.confinement(pod, container);
        Owners owners = isolation.owners(pod, confinement);
        Path root = StorageDriver.of(image.driver()).makeRoot(bundle, image.layerPaths(), owners);
        ImageConfig config = ImageConfig.parse(image.config());
        ProcessUser user = user(pod, container, config, root);
        requireMapped(pod, confinement.users(), user);
        Map<String, String> env = new LinkedHashMap<>();
        OciSpec.baseEnv(config, PodFiles.hostName(pod), user.home(), container.tty())
                .forEach(entry -> put(env, entry));
        GatewayAccess access = host.gateway();
        if (access != null) {
            env.putAll(access.environment(pod.hostNetwork()));
        }
        env.putAll(new EnvResolver(fields, objects, host.cpuMillis(), host.memoryBytes()).resolve(container));
        OciSpec.Setup setup = new OciSpec.Setup(
                pod,
                container,
                config,
                user,
                arguments(container, config, env),
                env.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList(),
                shown(
                        bundle,
                        owners,
                        binds(pod, paths, container, volumes, readOnly(pod), env, bundle, limits.shmBytes() == 0)),
                root,
                paths.namespaces(),
                processNamespace,
                paths.containerGroup(pod, container.name()),
                limits,
                host.cgroups().limitsSwap(),
                host.limits(),
                confinement);
        Files.writeString(bundle.resolve("config.json"), OciSpec.write(setup).toString());
    }

    private static void put(Map<String, String> env, String entry) {
        int equals = entry.indexOf('=');
        if (equals > 0) {
            env.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
    }

    private static List<String> arguments(ContainerSpec container, ImageConfig config, Map<String, String> env) {
        List<String> words = config.processArguments(expand(container.command(), env), expand(container.args(), env));
        if (words.isEmpty()) {
            throw new ContainerConfigException(CREATE_ERROR, "no command specified");
        }
        return words;
    }

    private static List<String> expand(List<String> words, Map<String, String> env) {
        return words.stream().map(word -> EnvResolver.expand(word, env)).toList();
    }

    private static ProcessUser user(PodSpec pod, ContainerSpec container, ImageConfig config, Path root) {
        Long uid = container.security().runAsUser() != null
                ? container.security().runAsUser()
                : pod.security().runAsUser();
        Long gid = container.security().runAsGroup() != null
                ? container.security().runAsGroup()
                : pod.security().runAsGroup();
        String text = uid == null ? config.user() : Long.toString(uid);
        if (gid != null) {
            text = text.replaceAll(":.*", "") + ":" + gid;
        }
        ProcessUser user;
        try {
            user = ProcessUser.resolve(text, root);
        } catch (IllegalArgumentException e) {
            throw new ContainerConfigException(CREATE_ERROR, String.valueOf(e.getMessage()));
        }
        boolean nonRoot = Boolean.TRUE.equals(container.security().runAsNonRoot())
                || (container.security().runAsNonRoot() == null
                        && Boolean.TRUE.equals(pod.security().runAsNonRoot()));
        if (nonRoot && user.uid() == 0) {
            throw new ContainerConfigException(
                    uid == null
                            ? "container has runAsNonRoot and image will run as root"
                            : "container's runAsUser breaks non-root policy");
        }
        return user;
    }

    /** A user namespace has no other ids than its range. */
    private static void requireMapped(PodSpec pod, @Nullable IdRange users, ProcessUser user) {
        List<Long> ids = new ArrayList<>(List.of(user.uid(), user.gid()));
        ids.addAll(user.additionalGids());
        ids.addAll(pod.security().supplementalGroups());
        if (pod.security().fsGroup() != null) {
            ids.add(pod.security().fsGroup());
        }
        long highest = Collections.max(ids);
        if (users != null && highest >= users.count()) {
            throw new ContainerConfigException(
                    CREATE_ERROR,
                    "id " + highest + " is not one of the pod's own: with `hostUsers: false` ids are below "
                            + users.count());
        }
    }

    /** Volumes of claims that are for reading only, by the pod's word or the volume's. */
    private Set<String> readOnly(PodSpec pod) {
        return pod.volumes().stream()
                .filter(VolumeSpec.Claim.class::isInstance)
                .map(VolumeSpec.Claim.class::cast)
                .filter(claim -> claim.readOnly()
                        || objects.volume(pod.namespace(), claim.claim()).readOnly())
                .map(VolumeSpec.Claim::name)
                .collect(Collectors.toSet());
    }

    private List<OciSpec.Bind> binds(
            PodSpec pod,
            PodPaths paths,
            ContainerSpec container,
            Map<String, Path> volumes,
            Set<String> readOnly,
            Map<String, String> env,
            Path bundle,
            boolean podShm)
            throws IOException {
        List<OciSpec.Bind> binds = new ArrayList<>();
        boolean readOnlyRoot = container.security().readOnlyRootFilesystem();
        for (String name : List.of("hosts", "hostname", "resolv.conf")) {
            binds.add(new OciSpec.Bind(paths.files().resolve(name), "/etc/" + name, readOnlyRoot));
        }
        if (podShm) {
            // Shared memory by name belongs to the IPC namespace, as its System V kin does.
            Path shm = pod.hostIpc() ? Path.of(OciSpec.SHM) : paths.files().resolve("shm");
            binds.add(new OciSpec.Bind(shm, OciSpec.SHM, false));
        }
        if (!container.terminationMessagePath().isEmpty()) {
            Path log = bundle.resolve(TERMINATION_LOG);
            Files.writeString(log, "");
            Files.setAttribute(log, "unix:mode", 0666);
            binds.add(new OciSpec.Bind(log, container.terminationMessagePath(), false));
        }
        for (ContainerSpec.VolumeMount mount : container.mounts()) {
            Path volume = volumes.get(mount.volume());
            if (volume == null) {
                throw new ContainerConfigException("volumeMounts: there is no volume \"" + mount.volume() + "\"");
            }
            requirePropagation(pod, mount, volume);
            String subPath = mount.expanded() ? EnvResolver.expandAll(mount.subPath(), env) : mount.subPath();
            binds.add(new OciSpec.Bind(
                    subPath.isEmpty() ? volume : SubPaths.bind(volume, subPath, bundle, binds.size()),
                    mount.path(),
                    mount.readOnly() || readOnly.contains(mount.volume()),
                    mount.propagation()));
        }
        return binds;
    }

    /** What a mount is to pass on must be in a mount that does, in containerd's words where it is not. */
    private static void requirePropagation(PodSpec pod, ContainerSpec.VolumeMount mount, Path volume)
            throws IOException {
        if (mount.propagation() == ContainerSpec.Propagation.NONE) {
            return;
        }
        boolean both = mount.propagation() == ContainerSpec.Propagation.BIDIRECTIONAL;
        if (both && pod.ownUsers()) {
            // Mounts of a user namespace reach nobody above it (mount_namespaces(7)).
            throw new ContainerConfigException(
                    CREATE_ERROR,
                    "mountPropagation Bidirectional of volume \"" + mount.volume() + "\" needs `hostUsers: true`");
        }
        Mounts.Mount lies = Mounts.of(volume);
        if (!lies.shared() && (both || !lies.slave())) {
            throw new ContainerConfigException(
                    CREATE_ERROR,
                    "path \"" + volume + "\" is mounted on \"" + lies.point() + "\" but it is not a shared"
                            + (both ? "" : " or slave") + " mount");
        }
    }

    private static List<OciSpec.Bind> shown(Path bundle, Owners owners, List<OciSpec.Bind> binds) throws IOException {
        List<OciSpec.Bind> shown = new ArrayList<>();
        for (OciSpec.Bind bind : binds) {
            try {
                Path source = owners.show(bundle, bind.source(), shown.size());
                shown.add(new OciSpec.Bind(source, bind.target(), bind.readOnly(), bind.propagation()));
            } catch (KernelException e) {
                throw new ContainerConfigException(
                        CREATE_ERROR,
                        "failed to map the owners of " + bind.target() + " to the pod's users: " + e.getMessage());
            }
        }
        return shown;
    }
}
