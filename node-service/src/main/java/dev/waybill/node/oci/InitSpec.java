package dev.waybill.node.oci;

import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.pod.IdRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The bundle of a process that only begins a process namespace and reaps what is orphaned in it: a static program in an
 * empty read-only root, without any right. Stateless.
 */
public final class InitSpec {
    /** Debian's package of the same name. */
    private static final String PROGRAM = "catatonit";

    private static final long NOBODY = 65_535;

    private InitSpec() {}

    /**
     * Writes it.
     *
     * @throws IllegalStateException when the program is not installed
     */
    public static void write(Path bundle, String cgroup, Path namespaces, @Nullable IdRange users) throws IOException {
        String program = RuntimeHandler.onPath(PROGRAM)
                .orElseThrow(() -> new IllegalStateException(
                        "can't set `spec.shareProcessNamespace: true`: " + PROGRAM + " is not installed on this node"));
        Path root = bundle.resolve("rootfs");
        Files.createDirectories(root.resolve("proc"));
        Files.createDirectories(root.resolve("dev"));
        if (!Files.exists(root.resolve("init"))) {
            Files.createFile(root.resolve("init"));
        }
        ObjectNode spec = JsonNodeFactory.instance.objectNode().put("ociVersion", "1.0.2");
        ObjectNode process = spec.putObject("process").put("cwd", "/").put("noNewPrivileges", true);
        process.putObject("user").put("uid", NOBODY).put("gid", NOBODY);
        process.putArray("args").add("/init").add("-P");
        spec.putObject("root").put("path", root.toString()).put("readonly", true);
        ArrayNode mounts = spec.putArray("mounts");
        mount(mounts, "/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        mount(mounts, "/dev", "tmpfs", "tmpfs", "nosuid", "noexec", "mode=755", "size=64k");
        mount(mounts, "/init", "bind", program, "bind", "ro");
        ObjectNode linux = spec.putObject("linux").put("cgroupsPath", cgroup);
        ArrayNode list = linux.putArray("namespaces");
        list.addObject().put("type", "mount");
        list.addObject().put("type", "pid");
        if (users != null) {
            list.addObject()
                    .put("type", "user")
                    .put("path", namespaces.resolve(PodNamespaces.USER).toString());
            OciSpec.mappings(linux, users);
        }
        Files.writeString(bundle.resolve("config.json"), spec.toString());
    }

    private static void mount(ArrayNode mounts, String target, String type, String source, String... options) {
        ArrayNode list = mounts.addObject()
                .put("destination", target)
                .put("type", type)
                .put("source", source)
                .putArray("options");
        for (String option : options) {
            list.add(option);
        }
    }
}
