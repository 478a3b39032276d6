package dev.waybill.node.resources;

import dev.waybill.node.resources.ContainerLimits.Device;
import dev.waybill.node.resources.ContainerLimits.DeviceRule;
import dev.waybill.node.resources.ContainerLimits.Ulimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads devices, rules for devices and rlimits. Pure. */
final class DeviceKnobs {
    private static final String EVERYTHING = "rwm";

    private DeviceKnobs() {}

    /** {@code HOST}, {@code HOST:ACCESS}, {@code HOST:CONTAINER} or {@code HOST:CONTAINER:ACCESS}. */
    static List<Device> devices(String text, HostAbilities host) {
        List<Device> devices = new ArrayList<>();
        for (String entry : KnobText.entries(text)) {
            String[] parts = entry.split(":", -1);
            if (parts.length > 3) {
                throw new IllegalArgumentException("\"" + entry + "\": write HOST:CONTAINER:ACCESS");
            }
            HostDevice device = host.devices()
                    .apply(parts[0])
                    .orElseThrow(() -> new IllegalArgumentException(parts[0] + " is no device of this machine"));
            boolean shortAccess = parts.length == 2 && !parts[1].startsWith("/");
            String path = parts.length == 1 || shortAccess ? parts[0] : parts[1];
            if (!path.startsWith("/") || path.contains("/../") || path.endsWith("/..")) {
                throw new IllegalArgumentException("\"" + path + "\": the path in the container must be absolute");
            }
            String access = shortAccess ? parts[1] : parts.length == 3 ? parts[2] : EVERYTHING;
            devices.add(new Device(device, path, KnobText.access(access)));
        }
        return devices;
    }

    static List<DeviceRule> rules(String text) {
        return KnobText.entries(text).stream().map(KnobText::deviceRule).toList();
    }

    static Map<String, Ulimit> ulimits(String text, HostAbilities host) {
        Map<String, Ulimit> ulimits = new TreeMap<>();
        for (String entry : KnobText.entries(text)) {
            int equals = entry.indexOf('=');
            String name = equals < 0 ? entry : entry.substring(0, equals);
            if (equals < 0 || !KnobText.ULIMITS.contains(name)) {
                throw new IllegalArgumentException("\"" + entry + "\": write NAME=SOFT:HARD with a NAME of "
                        + String.join(", ", KnobText.ULIMITS.stream().sorted().toList()));
            }
            Ulimit ulimit = KnobText.ulimit(entry.substring(equals + 1));
            long own = host.hardLimits().getOrDefault(name, Long.MAX_VALUE);
            if (ulimit.hard() > own && !host.maySetResources()) {
                throw new IllegalArgumentException("\"" + entry + "\": this node may not go above its own limit of "
                        + own + " (it lacks CAP_SYS_RESOURCE)");
            }
            ulimits.put(name, ulimit);
        }
        return ulimits;
    }
}
