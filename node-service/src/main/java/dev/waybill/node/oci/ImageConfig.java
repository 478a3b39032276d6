package dev.waybill.node.oci;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an image says about the process to start (OCI image-spec, config.md). Immutable. */
public record ImageConfig(
        List<String> entrypoint, List<String> command, List<String> env, String user, String workingDir) {
    private static final JsonMapper JSON = new JsonMapper();

    public static ImageConfig parse(String json) {
        JsonNode config = JSON.readTree(json.isBlank() ? "{}" : json).path("config");
        return new ImageConfig(
                list(config.path("Entrypoint")),
                list(config.path("Cmd")),
                list(config.path("Env")),
                config.path("User").asString(""),
                config.path("WorkingDir").asString(""));
    }

    private static List<String> list(JsonNode nodes) {
        List<String> list = new ArrayList<>();
        nodes.forEach(node -> list.add(node.asString("")));
        return list;
    }

    /** Kubernetes' rule: a command replaces entrypoint and cmd, args alone replace the cmd. */
    public List<String> processArguments(List<String> podCommand, List<String> podArgs) {
        List<String> words = new ArrayList<>();
        if (!podCommand.isEmpty()) {
            words.addAll(podCommand);
            words.addAll(podArgs);
        } else {
            words.addAll(entrypoint);
            words.addAll(podArgs.isEmpty() ? command : podArgs);
        }
        return words;
    }
}
