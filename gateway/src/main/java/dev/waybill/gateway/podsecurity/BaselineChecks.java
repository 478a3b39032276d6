package dev.waybill.gateway.podsecurity;

import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The baseline standard: nothing by which a pod would own its node (Pod Security Standards). Stateless. */
final class BaselineChecks {
    private static final Set<String> CAPABILITIES = Set.of(
            "AUDIT_WRITE",
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "MKNOD",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");

    /** Each with the version from which on it is safe. */
    private static final Map<String, Integer> SYSCTLS = Map.ofEntries(
            Map.entry("kernel.shm_rmid_forced", 0),
            Map.entry("net.ipv4.ip_local_port_range", 0),
            Map.entry("net.ipv4.tcp_syncookies", 0),
            Map.entry("net.ipv4.ping_group_range", 0),
            Map.entry("net.ipv4.ip_unprivileged_port_start", 0),
            Map.entry("net.ipv4.ip_local_reserved_ports", 27),
            Map.entry("net.ipv4.tcp_keepalive_time", 29),
            Map.entry("net.ipv4.tcp_fin_timeout", 29),
            Map.entry("net.ipv4.tcp_keepalive_intvl", 29),
            Map.entry("net.ipv4.tcp_keepalive_probes", 29),
            Map.entry("net.ipv4.tcp_rmem", 32),
            Map.entry("net.ipv4.tcp_wmem", 32));

    private static final String APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

    private BaselineChecks() {}

    static @Nullable Violation appArmor(PodView pod) {
        Set<String> values = new TreeSet<>();
        Predicate<JsonNode> unconfined = context -> {
            String type = Json.text(context, "appArmorProfile", "type");
            boolean bad = !type.isEmpty() && !type.equals("RuntimeDefault") && !type.equals("Localhost");
            return bad && noted(values, "\"" + type + "\"");
        };
        boolean ofPod = unconfined.test(pod.securityContext());
        List<String> containers = pod.containersWhose(unconfined);
        for (Map.Entry<String, JsonNode> annotation : pod.annotations().properties()) {
            String value = annotation.getValue().asString("");
            if (annotation.getKey().startsWith(APP_ARMOR)
                    && !value.isEmpty()
                    && !value.equals("runtime/default")
                    && !value.startsWith("localhost/")) {
                values.add(annotation.getKey() + "=\"" + value + "\"");
            }
        }
        if (values.isEmpty()) {
            return null;
        }
        String setters = Words.setters(ofPod, containers);
        return new Violation(
                Words.plural("forbidden AppArmor profile", values),
                (setters.isEmpty() ? "" : setters + " must not set AppArmor profile type to ")
                        + String.join(", ", values));
    }

    /** For what is both counted and named. */
    private static boolean noted(Set<String> values, String value) {
        values.add(value);
        return true;
    }

    static @Nullable Violation hostNamespaces(PodView pod) {
        List<String> shared = new ArrayList<>();
        for (String field : List.of("hostIPC", "hostNetwork", "hostPID")) {
            if (pod.spec().path(field).asBoolean(false)) {
                shared.add(field + "=true");
            }
        }
        return shared.isEmpty() ? null : new Violation("host namespaces", String.join(", ", shared));
    }

    static @Nullable Violation hostPorts(PodView pod) {
        Set<String> ports = new TreeSet<>();
        List<String> containers = new ArrayList<>();
        for (JsonNode container : pod.containers()) {
            int before = ports.size();
            boolean some = false;
            for (JsonNode port : container.path("ports")) {
                long number = Json.number(port, "hostPort", 0);
                if (number != 0) {
                    some = true;
                    ports.add(String.valueOf(number));
                }
            }
            if (some || ports.size() > before) {
                containers.add(Json.text(container, "name"));
            }
        }
        return containers.isEmpty()
                ? null
                : new Violation(
                        "hostPort",
                        Words.containers(containers) + (containers.size() == 1 ? " uses " : " use ")
                                + Words.plural("hostPort", ports) + " " + String.join(", ", ports));
    }

    static @Nullable Violation hostProbes(PodView pod) {
        Set<String> hosts = new TreeSet<>();
        Set<String> containers = new TreeSet<>();
        for (JsonNode container : pod.containers()) {
            Set<String> own = new TreeSet<>();
            for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
                hosts(container.path(probe), own);
            }
            for (String hook : List.of("postStart", "preStop")) {
                hosts(container.path("lifecycle").path(hook), own);
            }
            if (!own.isEmpty()) {
                containers.add(Json.text(container, "name"));
                hosts.addAll(own);
            }
        }
        return hosts.isEmpty()
                ? null
                : new Violation(
                        "probe or lifecycle host",
                        Words.plural("container", containers) + " " + Words.quoted(containers)
                                + (containers.size() == 1 ? " uses " : " use ")
                                + Words.plural("probe or lifecycle host", hosts) + " " + Words.quoted(hosts));
    }

    private static void hosts(JsonNode handler, Collection<String> hosts) {
        for (String way : List.of("httpGet", "tcpSocket")) {
            String host = Json.text(handler, way, "host");
            if (!host.isEmpty()) {
                hosts.add(host);
            }
        }
    }

    static @Nullable Violation privileged(PodView pod) {
        List<String> containers =
                pod.containersWhose(context -> context.path("privileged").asBoolean(false));
        return containers.isEmpty()
                ? null
                : new Violation(
                        "privileged", Words.containers(containers) + " must not set securityContext.privileged=true");
    }

    static @Nullable Violation procMount(PodView pod) {
        Set<String> types = new TreeSet<>();
        List<String> containers = pod.containersWhose(context -> {
            String type = Json.text(context, "procMount");
            return !type.isEmpty() && !type.equals("Default") && noted(types, type);
        });
        return containers.isEmpty()
                ? null
                : new Violation(
                        "procMount",
                        Words.containers(containers) + " must not set securityContext.procMount to "
                                + Words.quoted(types));
    }

    static @Nullable Violation seLinux(PodView pod, Set<String> allowedTypes) {
        Set<String> types = new TreeSet<>();
        Set<String> others = new TreeSet<>((a, b) -> b.compareTo(a)); // user, then role
        Predicate<JsonNode> forbidden = context -> {
            JsonNode options = context.path("seLinuxOptions");
            String type = Json.text(options, "type");
            boolean bad = !type.isEmpty() && !allowedTypes.contains(type);
            if (bad) {
                types.add(type);
            }
            for (String field : List.of("user", "role")) {
                if (!Json.text(options, field).isEmpty()) {
                    bad = true;
                    others.add(field + " may not be set");
                }
            }
            return bad;
        };
        boolean ofPod = forbidden.test(pod.securityContext());
        List<String> containers = pod.containersWhose(forbidden);
        if (!ofPod && containers.isEmpty()) {
            return null;
        }
        List<String> bad = new ArrayList<>();
        if (!types.isEmpty()) {
            bad.add(Words.plural("type", types) + " " + Words.quoted(types));
        }
        bad.addAll(others);
        return new Violation(
                "seLinuxOptions",
                Words.setters(ofPod, containers) + " set forbidden securityContext.seLinuxOptions: "
                        + String.join("; ", bad));
    }

    static @Nullable Violation sysctls(PodView pod, int minor) {
        List<String> forbidden = new ArrayList<>();
        for (JsonNode sysctl : pod.securityContext().path("sysctls")) {
            String name = Json.text(sysctl, "name");
            if (SYSCTLS.getOrDefault(name, Integer.MAX_VALUE) > Math.min(minor, Integer.MAX_VALUE - 1)) {
                forbidden.add(name);
            }
        }
        return forbidden.isEmpty() ? null : new Violation("forbidden sysctls", String.join(", ", forbidden));
    }

    static @Nullable Violation hostProcess(PodView pod) {
        Predicate<JsonNode> set =
                context -> context.path("windowsOptions").path("hostProcess").asBoolean(false);
        boolean ofPod = set.test(pod.securityContext());
        List<String> containers = pod.containersWhose(set);
        return !ofPod && containers.isEmpty()
                ? null
                : new Violation(
                        "hostProcess",
                        Words.setters(ofPod, containers)
                                + " must not set securityContext.windowsOptions.hostProcess=true");
    }

    static @Nullable Violation capabilities(PodView pod) {
        Set<String> added = new TreeSet<>();
        List<String> containers = pod.containersWhose(context -> {
            boolean bad = false;
            for (JsonNode capability : context.path("capabilities").path("add")) {
                if (!CAPABILITIES.contains(capability.asString(""))) {
                    bad = true;
                    added.add(capability.asString(""));
                }
            }
            return bad;
        });
        return containers.isEmpty()
                ? null
                : new Violation(
                        "non-default capabilities",
                        Words.containers(containers) + " must not include " + Words.quoted(added)
                                + " in securityContext.capabilities.add");
    }

    static @Nullable Violation hostPaths(PodView pod) {
        List<String> volumes = pod.spec()
                .path("volumes")
                .valueStream()
                .filter(volume -> !Json.absent(volume, "hostPath"))
                .map(volume -> Json.text(volume, "name"))
                .toList();
        return volumes.isEmpty()
                ? null
                : new Violation("hostPath volumes", Words.plural("volume", volumes) + " " + Words.quoted(volumes));
    }

    static @Nullable Violation seccomp(PodView pod) {
        Set<String> types = new TreeSet<>();
        boolean ofPod = forbiddenSeccomp(pod.securityContext(), types);
        List<String> containers = pod.containersWhose(context -> forbiddenSeccomp(context, types));
        return !ofPod && containers.isEmpty()
                ? null
                : new Violation(
                        "seccompProfile",
                        Words.setters(ofPod, containers) + " must not set securityContext.seccompProfile.type to "
                                + Words.quoted(types));
    }

    private static boolean forbiddenSeccomp(JsonNode context, Set<String> types) {
        JsonNode profile = context.path("seccompProfile");
        String type = Json.text(profile, "type");
        boolean bad = profile.isObject() && !type.equals("RuntimeDefault") && !type.equals("Localhost");
        if (bad) {
            types.add(type);
        }
        return bad;
    }
}
