package dev.waybill.node.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The programs that a node runs, each behind a script that counts and, when told, fails, hangs, or kills the agent before
 * or after the program's own work. Used by one thread.
 */
public final class Programs {
    private static final List<String> PLUGINS = List.of("bridge", "portmap", "host-local", "loopback");

    private final Path directory;

    public Programs(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        for (String plugin : PLUGINS) {
            script(plugin, "/usr/lib/cni/" + plugin, "$CNI_COMMAND");
        }
        script("crun", "/usr/bin/crun", "$*");
    }

    /** An order is {@code HOW WORDS}: it holds for one run, the one whose number or words it names. */
    private void script(String name, String program, String words) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, """
                #!/bin/sh
                cd %s
                n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n >count
                what="%s %s "; how=; echo "$what" >>ran
                [ ! -e order ] || read -r how which <order
                case "$n" in "$which") ;; *) case "$what" in *"$which "*) ;; *) how= ;; esac ;; esac
                [ -z "$which" ] && how=
                [ -z "$how" ] || mv order "done-$n"
                case "$how" in
                  before) kill -9 "$(cat agent)" ;;
                  fail) echo '{"code": 99, "msg": "told to fail"}'; echo told to fail >&2; exit 1 ;;
                  hang) exec sleep 600 ;;
                  slow) sleep 1 ;;
                esac
                cd /
                %s "$@"
                code=$?
                [ "$how" != after ] || kill -9 "$(cat %s/agent)"
                exit $code
                """.formatted(directory, name, words, program, directory));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    public NodeBench.Programs paths() {
        return new NodeBench.Programs(directory.resolve("crun").toString(), directory);
    }

    /** {@code before}, {@code after}, {@code fail}, {@code hang} or {@code slow} at a number of a run or its words. */
    public void order(String how, String which) throws IOException {
        Files.writeString(directory.resolve("order"), how + " " + which + "\n");
    }

    /** Takes an order back; false when it was carried out. */
    public boolean withdraw() throws IOException {
        return Files.deleteIfExists(directory.resolve("order"));
    }

    /** Whom to kill. */
    public void agent(long pid) throws IOException {
        Files.writeString(directory.resolve("agent"), pid + "\n");
    }

    /** Runs so far. */
    public int count() throws IOException {
        try {
            return Integer.parseInt(Files.readString(directory.resolve("count")).strip());
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Whether a command with these words was run since the last {@link #forget}. */
    public boolean ran(String words) throws IOException {
        Path file = directory.resolve("ran");
        return Files.exists(file) && Files.readString(file).contains(" " + words + " ");
    }

    public void forget() throws IOException {
        Files.deleteIfExists(directory.resolve("ran"));
    }

    public void countAnew() throws IOException {
        Files.deleteIfExists(directory.resolve("count"));
    }
}
