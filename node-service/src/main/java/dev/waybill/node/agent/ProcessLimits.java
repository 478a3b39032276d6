package dev.waybill.node.agent;

import dev.waybill.node.oci.HostLimits;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.resources.ContainerLimits.Ulimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads back what limits a container's first process beside its control group (proc(5)). Stateless. */
final class ProcessLimits {
    private ProcessLimits() {}

    /**
     * The values in force, by file.
     *
     * @throws ContainerConfigException when the kernel has other values than the wanted ones
     */
    static Map<String, String> verified(int pid, ContainerLimits wanted) {
        Map<String, String> limits = new LinkedHashMap<>();
        Path directory = Path.of("/proc", Integer.toString(pid));
        try {
            String score = Files.readString(directory.resolve("oom_score_adj")).strip();
            if (!score.equals(Integer.toString(wanted.oomScoreAdj()))) {
                throw new ContainerConfigException("oom_score_adj is " + score + ", wanted " + wanted.oomScoreAdj());
            }
            limits.put("oom_score_adj", score);
            Map<String, Ulimit> found = wanted.ulimits().isEmpty() ? Map.of() : HostLimits.ofProcess(pid + "");
            wanted.ulimits().forEach((name, limit) -> {
                if (!limit.equals(found.get(name))) {
                    throw new ContainerConfigException(
                            "ulimit " + name + " is " + found.get(name) + ", wanted " + limit);
                }
                limits.put("ulimit." + name, limit.soft() + ":" + limit.hard());
            });
        } catch (IOException e) {
            throw new ContainerConfigException("cannot read the limits of process " + pid + ": " + e.getMessage());
        }
        return limits;
    }
}
