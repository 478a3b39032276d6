package dev.waybill.node.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A node from its first pod to its end, in a process of its own: {@code NodeLife DIRECTORY TAG}. One pod is deleted, one
 * ends with the node.
 */
public final class NodeLife {
    private NodeLife() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        try (NodeBench bench = new NodeBench(directory, "overlay", arguments[1], 2)) {
            DoomedAgent.assign(bench, "web", false);
            DoomedAgent.assignWithoutPorts(bench, "worker");
            for (String pod : List.of("web", "worker")) {
                bench.events().await("status", "status " + pod + " ", "\"phase\":\"Running\"");
            }
            DoomedAgent.assign(bench, "web", true);
            bench.unassign("web");
            while (Files.exists(directory.resolve("node/pods/uid-web"))) {
                Thread.sleep(10);
            }
        }
        System.exit(0);
    }
}
