package dev.waybill.node.oci;

import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.resources.ContainerLimits.Ulimit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The limits in {@code config.json}: what holds for processes, devices, and the first limits of the control group, which
 * the node completes before the process starts. Pure.
 */
final class OciResources {
    private static final String OPEN_FILES = "nofile";

    private OciResources() {}

    static void process(ObjectNode process, OciSpec.Setup setup) {
        ContainerLimits limits = setup.limits();
        process.put("oomScoreAdj", limits.oomScoreAdj());
        Map<String, Ulimit> ulimits = new TreeMap<>(limits.ulimits());
        ulimits.putIfAbsent(
                OPEN_FILES, new Ulimit(setup.host().openFiles(), setup.host().openFiles()));
        ArrayNode rlimits = process.putArray("rlimits");
        ulimits.forEach((name, limit) -> rlimits.addObject()
                .put("type", "RLIMIT_" + name.toUpperCase(Locale.ROOT))
                .put("hard", limit.hard())
                .put("soft", limit.soft()));
    }

    static void linux(ObjectNode linux, OciSpec.Setup setup) {
        ObjectNode resources = linux.putObject("resources");
        CgroupLimits limits = setup.limits().cgroup();
        ObjectNode cpu = resources.putObject("cpu").put("shares", limits.cpu().shares());
        if (limits.cpu().quotaMicros() > 0) {
            cpu.put("quota", limits.cpu().quotaMicros())
                    .put("period", limits.cpu().periodMicros());
        }
        CgroupLimits.Memory limit = limits.memory();
        if (limit.limitBytes() > 0) {
            ObjectNode memory = resources.putObject("memory").put("limit", limit.limitBytes());
            if (setup.limitSwap()) {
                memory.put("swap", limit.withSwapBytes() > 0 ? limit.withSwapBytes() : -1);
            }
        }
        if (limits.pids() > 0) {
            resources.putObject("pids").put("limit", limits.pids());
        }
        devices(linux.putArray("devices"), resources.putArray("devices"), setup);
    }

    /** A node in the container's /dev for each device, and the right to use it. */
    private static void devices(ArrayNode nodes, ArrayNode rules, OciSpec.Setup setup) {
        boolean privileged = setup.container().security().privileged();
        rules.addObject().put("allow", privileged).put("access", "rwm");
        for (ContainerLimits.Device device : setup.limits().devices()) {
            String type = Character.toString(device.host().type());
            nodes.addObject()
                    .put("path", device.path())
                    .put("type", type)
                    .put("major", device.host().major())
                    .put("minor", device.host().minor())
                    .put("fileMode", device.host().mode())
                    .put("uid", device.host().uid())
                    .put("gid", device.host().gid());
            rule(rules, type, device.host().major(), device.host().minor(), device.access());
        }
        setup.limits()
                .deviceRules()
                .forEach(rule ->
                        rule(rules, Character.toString(rule.type()), rule.major(), rule.minor(), rule.access()));
    }

    private static void rule(ArrayNode rules, String type, long major, long minor, String access) {
        ObjectNode rule = rules.addObject().put("allow", true).put("type", type).put("access", access);
        if (major >= 0) {
            rule.put("major", major);
        }
        if (minor >= 0) {
            rule.put("minor", minor);
        }
    }
}
