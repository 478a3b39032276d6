package dev.waybill.node.oci;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Linux capabilities of a container's process (capabilities(7)). */
final class Capabilities {
    /** Docker's and Kubernetes' default set. */
    static final List<String> DEFAULT = List.of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FSETID",
            "CAP_FOWNER",
            "CAP_MKNOD",
            "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETFCAP",
            "CAP_SETPCAP",
            "CAP_NET_BIND_SERVICE",
            "CAP_SYS_CHROOT",
            "CAP_KILL",
            "CAP_AUDIT_WRITE");

    /** All of them, in the order of their numbers. */
    static final List<String> ALL = List.of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_DAC_READ_SEARCH",
            "CAP_FOWNER",
            "CAP_FSETID",
            "CAP_KILL",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETPCAP",
            "CAP_LINUX_IMMUTABLE",
            "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST",
            "CAP_NET_ADMIN",
            "CAP_NET_RAW",
            "CAP_IPC_LOCK",
            "CAP_IPC_OWNER",
            "CAP_SYS_MODULE",
            "CAP_SYS_RAWIO",
            "CAP_SYS_CHROOT",
            "CAP_SYS_PTRACE",
            "CAP_SYS_PACCT",
            "CAP_SYS_ADMIN",
            "CAP_SYS_BOOT",
            "CAP_SYS_NICE",
            "CAP_SYS_RESOURCE",
            "CAP_SYS_TIME",
            "CAP_SYS_TTY_CONFIG",
            "CAP_MKNOD",
            "CAP_LEASE",
            "CAP_AUDIT_WRITE",
            "CAP_AUDIT_CONTROL",
            "CAP_SETFCAP",
            "CAP_MAC_OVERRIDE",
            "CAP_MAC_ADMIN",
            "CAP_SYSLOG",
            "CAP_WAKE_ALARM",
            "CAP_BLOCK_SUSPEND",
            "CAP_AUDIT_READ",
            "CAP_PERFMON",
            "CAP_BPF",
            "CAP_CHECKPOINT_RESTORE");

    private Capabilities() {}

    /** The default set with what a security context drops and adds, within what this host has itself. */
    static Set<String> of(List<String> add, List<String> drop, boolean privileged, Set<String> available) {
        Set<String> set = new LinkedHashSet<>(privileged ? ALL : DEFAULT);
        if (drop.stream().anyMatch(name -> name.equalsIgnoreCase("ALL"))) {
            set.clear();
        }
        drop.forEach(name -> set.remove(full(name)));
        for (String name : add) {
            set.addAll(name.equalsIgnoreCase("ALL") ? ALL : List.of(full(name)));
        }
        set.retainAll(available);
        return set;
    }

    private static String full(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    }

    /** The names in a mask as /proc/PID/status shows it. */
    static Set<String> ofMask(long mask) {
        Set<String> set = new LinkedHashSet<>();
        for (int bit = 0; bit < ALL.size(); bit++) {
            if ((mask >> bit & 1) == 1) {
                set.add(ALL.get(bit));
            }
        }
        return set;
    }
}
