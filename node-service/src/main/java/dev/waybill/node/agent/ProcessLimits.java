package dev.waybill.node.agent;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.resources.ContainerLimits;
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
     * @throws ContainerConfigException when the kernel has another score than the wanted one
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
        } catch (IOException e) {
            throw new ContainerConfigException("cannot read the limits of process " + pid + ": " + e.getMessage());
        }
        return limits;
    }
}
