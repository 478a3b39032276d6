package dev.waybill.node.oci;

import java.util.Locale;

/** This machine's architecture by the name that images, nodes and seccomp profiles have for it. Stateless. */
public final class Architecture {
    private Architecture() {}

    public static String name() {
        String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "aarch64" -> "arm64";
            case "x86_64" -> "amd64";
            default -> name;
        };
    }
}
