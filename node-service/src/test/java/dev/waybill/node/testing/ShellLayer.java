package dev.waybill.node.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** An unpacked layer with a shell and a few tools of this machine. */
public final class ShellLayer {
    private ShellLayer() {}

    public static Path make(Path layer) throws IOException {
        for (String name : List.of("bin", "lib/x86_64-linux-gnu", "lib64", "proc", "sys", "dev", "tmp", "etc")) {
            Files.createDirectories(layer.resolve(name));
        }
        copy("/bin/dash", layer.resolve("bin/sh"));
        for (String tool : List.of("sleep", "tail", "cat", "dd")) {
            copy("/usr/bin/" + tool, layer.resolve("bin").resolve(tool));
        }
        copy("/lib/x86_64-linux-gnu/libc.so.6", layer.resolve("lib/x86_64-linux-gnu/libc.so.6"));
        copy("/lib64/ld-linux-x86-64.so.2", layer.resolve("lib64/ld-linux-x86-64.so.2"));
        return layer;
    }

    /** Adds Debian's static busybox, with its commands under their names, and perl for calls that no command makes. */
    public static void addTools(Path layer) throws IOException {
        Path busybox = Path.of("/bin/busybox");
        copy("/bin/busybox", layer.resolve("bin/busybox"));
        for (String tool : List.of(
                "ls",
                "stat",
                "readlink",
                "hostname",
                "unshare",
                "mount",
                "umount",
                "ps",
                "kill",
                "id",
                "touch",
                "grep",
                "chmod",
                "chown",
                "ip",
                "mkdir",
                "mknod",
                "cp",
                "od")) {
            Files.createSymbolicLink(layer.resolve("bin").resolve(tool), busybox.getFileName());
        }
        copy("/usr/bin/perl", layer.resolve("bin/perl"));
        for (String library : List.of("libm.so.6", "libcrypt.so.1")) {
            copy(
                    "/lib/x86_64-linux-gnu/" + library,
                    layer.resolve("lib/x86_64-linux-gnu").resolve(library));
        }
    }

    private static void copy(String from, Path to) throws IOException {
        Files.copy(Path.of(from).toRealPath(), to, StandardCopyOption.COPY_ATTRIBUTES);
    }
}
