package dev.waybill.node.pod;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which kernel parameters pods may set, as the kubelet decides it (pkg/kubelet/sysctl). Pure. */
public final class Sysctls {
    public static final String REASON = "SysctlForbidden";

    /** Those that are a namespace's own and can do no harm outside of it. */
    private static final Set<String> SAFE = Set.of(
            "kernel.shm_rmid_forced",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ping_group_range",
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
            "net.ipv4.tcp_keepalive_time",
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_syncookies",
            "net.ipv4.tcp_wmem");

    private static final List<String> IPC = List.of("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.");

    private Sysctls() {}

    /**
     * Why the pod may not run here; empty when it may.
     *
     * @param allowed those that this node allows beyond the safe ones; one that ends with * is a beginning
     */
    public static Optional<String> forbidden(PodSpec pod, List<String> allowed) {
        return pod.security().sysctls().keySet().stream()
                .map(Sysctls::normal)
                .flatMap(name -> forbidden(pod, name, allowed).stream())
                .findFirst();
    }

    private static Optional<String> forbidden(PodSpec pod, String name, List<String> allowed) {
        boolean ofNetwork = name.startsWith("net.");
        boolean ofIpc = IPC.stream().anyMatch(name::startsWith);
        boolean listed = SAFE.contains(name)
                // Without a namespace of its own it would be the machine's, whatever the list says.
                || ((ofNetwork || ofIpc) && allowed.stream().anyMatch(entry -> covers(normal(entry), name)));
        if (!listed) {
            return Optional.of("forbidden sysctl: \"" + name + "\" not allowlisted");
        }
        if (ofNetwork && pod.hostNetwork()) {
            return Optional.of("forbidden sysctl: \"" + name + "\" not allowed with host net enabled");
        }
        if (ofIpc && pod.hostIpc()) {
            return Optional.of("forbidden sysctl: \"" + name + "\" not allowed with host ipc enabled");
        }
        return Optional.empty();
    }

    private static boolean covers(String entry, String name) {
        return entry.endsWith("*") ? name.startsWith(entry.substring(0, entry.length() - 1)) : name.equals(entry);
    }

    /** Both separators are allowed; where a slash comes first, dots belong to the parts (sysctl.d(5)). */
    public static String normal(String name) {
        int dot = name.indexOf('.');
        int slash = name.indexOf('/');
        if (slash < 0 || (dot >= 0 && dot < slash)) {
            return name;
        }
        StringBuilder swapped = new StringBuilder();
        name.chars().forEach(c -> swapped.append(c == '/' ? '.' : c == '.' ? '/' : (char) c));
        return swapped.toString();
    }
}
