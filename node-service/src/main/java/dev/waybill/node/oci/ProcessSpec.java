package dev.waybill.node.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The OCI process of a command in a running container: the container's own with other arguments. Stateless. */
final class ProcessSpec {
    private static final JsonMapper JSON = new JsonMapper();

    private ProcessSpec() {}

    /** Writes it to a file. */
    static void write(Path file, Path bundle, List<String> command, boolean tty) throws IOException {
        JsonNode config = JSON.readTree(Files.readString(bundle.resolve("config.json")));
        ObjectNode process = (ObjectNode) config.path("process").deepCopy();
        process.put("terminal", tty);
        ArrayNode arguments = process.putArray("args");
        command.forEach(arguments::add);
        ArrayNode environment = (ArrayNode) process.path("env");
        if (tty
                && environment
                        .valueStream()
                        .noneMatch(entry -> entry.asString("").startsWith("TERM="))) {
            environment.add("TERM=xterm");
        }
        Files.writeString(file, process.toString());
    }
}
