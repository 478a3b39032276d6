package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.pod.HostName;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.ResolvConf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of /etc that a node makes for a pod, and the /dev/shm that its containers share. One thread per pod. */
public final class PodFiles {
    private static final Path HOST_RESOLV = Path.of("/etc/resolv.conf");
    private static final Path HOST_HOSTS = Path.of("/etc/hosts");

    private static final Path KERNEL_NAME = Path.of("/proc/sys/kernel/hostname");

    private PodFiles() {}

    /** Writes {@code hosts}, {@code hostname} and {@code resolv.conf}, and mounts {@code shm}. */
    public static void write(Path directory, PodSpec pod, String podIp, String apiLine) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("hostname"), hostName(pod) + "\n");
            Files.writeString(directory.resolve("hosts"), hosts(pod, podIp) + apiLine);
            Files.writeString(directory.resolve("resolv.conf"), resolv(pod));
            Path shm = directory.resolve("shm");
            if (!Files.isDirectory(shm)) {
                Files.createDirectories(shm);
                Linux.mount(
                        "shm",
                        shm,
                        "tmpfs",
                        Linux.MS_NOSUID | Linux.MS_NODEV | Linux.MS_NOEXEC,
                        "mode=1777,size=67108864");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the files of pod " + pod.key(), e);
        }
    }

    /** What gethostname(2) says in the pod: on the host's network the machine's name. */
    public static String hostName(PodSpec pod) throws IOException {
        return pod.hostNetwork()
                ? Files.readString(KERNEL_NAME).strip()
                : pod.hostName().ofKernel();
    }

    private static String hosts(PodSpec pod, String podIp) throws IOException {
        StringBuilder text = new StringBuilder();
        if (pod.hostNetwork()) {
            text.append(Files.exists(HOST_HOSTS) ? Files.readString(HOST_HOSTS) : "127.0.0.1\tlocalhost\n");
        } else {
            text.append("# Made by Waybill.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
            text.append(podIp).append('\t');
            HostName name = pod.hostName();
            if (!name.domain().isEmpty()) {
                text.append(name.full()).append('\t');
            }
            text.append(name.label()).append('\n');
        }
        pod.hostAliases()
                .forEach((ip, names) -> text.append(ip)
                        .append('\t')
                        .append(String.join("\t", names))
                        .append('\n'));
        return text.toString();
    }

    /** The node's own resolver, until a cluster DNS exists. */
    private static String resolv(PodSpec pod) throws IOException {
        return ResolvConf.of(pod, Files.exists(HOST_RESOLV) ? Files.readAllLines(HOST_RESOLV) : List.of());
    }

    public static void unmount(Path directory) {
        Linux.unmount(directory.resolve("shm"));
    }
}
