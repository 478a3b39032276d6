package dev.waybill.node.stream;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** How a command ended, as the {@code Status} that clients read from the error stream (remotecommand v4). Pure. */
public sealed interface CommandStatus {
    /** Ended with 0, or what was attached to has ended. */
    record Success() implements CommandStatus {}

    /** Ended with another code. */
    record ExitCode(int code) implements CommandStatus {}

    /** Did not run. */
    record Failure(String message) implements CommandStatus {}

    static CommandStatus ofExitCode(int code) {
        return code == 0 ? new Success() : new ExitCode(code);
    }

    /** What people read; empty on success. */
    default String message() {
        return switch (this) {
            case Success() -> "";
            case ExitCode(int code) -> "command terminated with non-zero exit code: exit status " + code;
            case Failure(String message) -> "error executing command in container: " + message;
        };
    }

    default byte[] json() {
        ObjectNode status = JsonMapper.shared().createObjectNode();
        status.putObject("metadata");
        status.put("status", this instanceof Success ? "Success" : "Failure");
        if (!message().isEmpty()) {
            status.put("message", message());
        }
        switch (this) {
            case Success() -> {}
            case ExitCode(int code) -> {
                status.put("reason", "NonZeroExitCode");
                status.putObject("details")
                        .putArray("causes")
                        .addObject()
                        .put("reason", "ExitCode")
                        .put("message", Integer.toString(code));
            }
            case Failure _ -> status.put("reason", "InternalError").put("code", 500);
        }
        return status.toString().getBytes(StandardCharsets.UTF_8);
    }
}
