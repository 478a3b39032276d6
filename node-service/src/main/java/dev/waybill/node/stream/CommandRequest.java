package dev.waybill.node.stream;

import java.util.List;

/**
 * What a client wants of a container's process. Immutable.
 *
 * @param command empty to attach to the container's own process
 */
public record CommandRequest(List<String> command, boolean stdin, boolean stdout, boolean stderr, boolean tty) {
    public CommandRequest {
        command = List.copyOf(command);
        // A terminal has one output.
        stderr = stderr && !tty;
    }

    /**
     * Checks what the API promises to refuse.
     *
     * @throws IllegalArgumentException when no stream is wanted
     */
    public CommandRequest checked() {
        if (!stdin && !stdout && !stderr) {
            throw new IllegalArgumentException("you must specify at least 1 of stdin, stdout, stderr");
        }
        return this;
    }
}
