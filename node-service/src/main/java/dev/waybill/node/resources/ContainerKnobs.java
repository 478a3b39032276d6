package dev.waybill.node.resources;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerSpec.Wishes;
import dev.waybill.node.pod.KnobAnnotations;
import dev.waybill.node.pod.PodSpec;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Works out what one container may use from its resources and annotations. What cannot be read, contradicts itself or is
 * beyond the machine is refused with the annotation's key and the reason. Used by one thread.
 */
public final class ContainerKnobs {
    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;

    private final PodSpec pod;
    private final ContainerSpec container;
    private final HostAbilities host;
    private final Map<Knob, String> keys = new EnumMap<>(Knob.class);

    private ContainerKnobs(PodSpec pod, ContainerSpec container, HostAbilities host) {
        this.pod = pod;
        this.container = container;
        this.host = host;
    }

    /**
     * What the container may use.
     *
     * @param pids most processes where no annotation says it; 0 is no limit
     * @throws ContainerConfigException with Kubernetes' reason CreateContainerConfigError
     */
    public static ContainerLimits resolve(PodSpec pod, ContainerSpec container, HostAbilities host, long pids) {
        ContainerKnobs knobs = new ContainerKnobs(pod, container, host);
        knobs.name();
        return knobs.resolve(pids);
    }

    private void name() {
        container.knobs().keySet().forEach(key -> {
            String owner = KnobAnnotations.owner(key);
            if (!"".equals(owner) && !container.name().equals(owner)) {
                throw new ContainerConfigException(
                        "annotation " + key + ": the pod has no container \"" + owner + "\"");
            }
            Knob knob = Knob.of(key.substring(key.indexOf('/') + 1))
                    .orElseThrow(() -> new ContainerConfigException("annotation " + key + ": no such setting"));
            if (!"".equals(owner) || !keys.containsKey(knob)) {
                keys.put(knob, key);
            }
        });
    }

    private ContainerLimits resolve(long pids) {
        String unable = "kernels since 5.4 ignore it; limit memory, which counts the kernel's memory too";
        refuse(Knob.KERNEL_MEMORY, unable);
        String realTime = "the control groups of pods have no real-time budget";
        refuse(Knob.CPU_RT_PERIOD, realTime);
        refuse(Knob.CPU_RT_RUNTIME, realTime);
        CgroupLimits limits = new CgroupLimits(
                cpu(), memory(), new BlockIoKnobs(host, this::read).resolve(), pids(pids), hugepages());
        return new ContainerLimits(
                limits,
                read(Knob.DEVICE, text -> DeviceKnobs.devices(text, host), List.of()),
                read(Knob.DEVICE_CGROUP_RULE, DeviceKnobs::rules, List.of()),
                read(Knob.ULIMIT, text -> DeviceKnobs.ulimits(text, host), Map.of()),
                oomScoreAdj(),
                read(Knob.SHM_SIZE, KnobText::bytes, 0L));
    }

    private void refuse(Knob knob, String reason) {
        read(
                knob,
                _ -> {
                    throw new IllegalArgumentException(reason);
                },
                0);
    }

    /** A value read by {@code reader}, whose complaint is given the annotation's key. */
    private <T> T read(Knob knob, Function<String, T> reader, T absent) {
        @Nullable String key = keys.get(knob);
        if (key == null) {
            return absent;
        }
        String text = Objects.requireNonNull(container.knobs().get(key)).strip();
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ContainerConfigException("annotation " + key + " \"" + text + "\": " + e.getMessage());
        }
    }

    private CgroupLimits.Cpu cpu() {
        Wishes wishes = container.wishes();
        long limitMillis = wishes.resources().cpuLimitMillis();
        long period =
                read(Knob.CPU_PERIOD, text -> KnobText.number(text, 1_000, 1_000_000), CgroupLimits.PERIOD_MICROS);
        long quota = read(
                Knob.CPU_QUOTA,
                text -> {
                    if (limitMillis > 0) {
                        throw new IllegalArgumentException("resources.limits.cpu sets the quota already");
                    }
                    return text.equals("-1") ? 0 : KnobText.number(text, 1_000, 1_000_000_000);
                },
                CgroupLimits.quota(limitMillis, period));
        long shares = read(
                Knob.CPU_SHARES,
                text -> KnobText.number(text, MIN_SHARES, MAX_SHARES),
                CgroupLimits.shares(wishes.resources().cpuRequestMillis()));
        String cpus = read(Knob.CPUSET_CPUS, text -> KnobText.indexes(text, host.cpus(), "CPUs"), "");
        String nodes = read(Knob.CPUSET_MEMS, text -> KnobText.indexes(text, host.nodes(), "memory nodes"), "");
        return new CgroupLimits.Cpu(shares, quota, period, cpus, nodes);
    }

    private CgroupLimits.Memory memory() {
        long limit = container.resources().memoryLimitBytes();
        long withSwap = read(Knob.MEMORY_SWAP, text -> withSwap(text, limit), limit);
        long reservation = read(
                Knob.MEMORY_RESERVATION,
                text -> {
                    long bytes = KnobText.bytes(text);
                    if (limit > 0 && bytes > limit) {
                        throw new IllegalArgumentException("must not be above resources.limits.memory");
                    }
                    return bytes;
                },
                0L);
        int swappiness = read(
                Knob.MEMORY_SWAPPINESS,
                text -> {
                    onlyV1("there is no swappiness per group");
                    return (int) KnobText.number(text, 0, 100);
                },
                -1);
        boolean oomKillDisabled = read(
                Knob.OOM_KILL_DISABLE,
                text -> {
                    boolean disabled = KnobText.flag(text);
                    if (disabled) {
                        onlyV1("the OOM killer cannot be disabled");
                    }
                    if (disabled && limit == 0) {
                        throw new IllegalArgumentException(
                                "needs resources.limits.memory, or the whole machine would wait for memory");
                    }
                    return disabled;
                },
                false);
        return new CgroupLimits.Memory(limit, withSwap, reservation, swappiness, oomKillDisabled);
    }

    private long withSwap(String text, long limit) {
        if (!host.limitsSwap()) {
            throw new IllegalArgumentException("this kernel does not account swap (swapaccount=1)");
        }
        if (limit == 0) {
            throw new IllegalArgumentException("needs resources.limits.memory");
        }
        if (text.equals("-1")) {
            return 0;
        }
        long bytes = KnobText.bytes(text);
        if (bytes < limit) {
            throw new IllegalArgumentException(
                    "is memory and swap together and must not be below resources.limits.memory");
        }
        return bytes;
    }

    private void onlyV1(String reason) {
        if (host.version() != 1) {
            throw new IllegalArgumentException("with control groups version 2 " + reason);
        }
    }

    private long pids(long standard) {
        return read(
                Knob.PIDS_LIMIT,
                text -> text.equals("-1") || text.equals("0") ? 0 : KnobText.number(text, 1, 4_194_304),
                standard);
    }

    /** As with the kubelet, a container has none of the pages that it does not ask for. */
    private Map<String, Long> hugepages() {
        Map<String, Long> limits = new HashMap<>();
        host.hugepages().forEach(size -> limits.put(size, 0L));
        container.resources().hugepages().forEach((size, bytes) -> {
            String kernelSize = size.replaceAll("i$", "B");
            if (!host.hugepages().contains(kernelSize)) {
                throw new ContainerConfigException("resources.limits.hugepages-" + size
                        + ": this machine cannot limit pages of that size (no hugetlb control group for it)");
            }
            limits.put(kernelSize, bytes);
        });
        return limits;
    }

    private int oomScoreAdj() {
        int standard = OomScore.of(pod.qosClass(), container.resources().memoryRequestBytes(), host.memoryBytes());
        // Without CAP_SYS_RESOURCE the kernel lets a process raise its score only.
        int possible = host.maySetResources() ? standard : Math.max(standard, host.oomScoreAdj());
        return read(
                Knob.OOM_SCORE_ADJ,
                text -> {
                    int wanted = (int) KnobText.number(text, -1000, 1000);
                    if (wanted < host.oomScoreAdj() && !host.maySetResources()) {
                        throw new IllegalArgumentException("this node may not go below its own score of "
                                + host.oomScoreAdj() + " (it lacks CAP_SYS_RESOURCE)");
                    }
                    return wanted;
                },
                possible);
    }
}
