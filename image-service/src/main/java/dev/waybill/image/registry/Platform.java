package dev.waybill.image.registry;

import java.util.Locale;

/**
 * Operating system and processor architecture in Go's words. Immutable.
 *
 * @param os always linux on nodes
 * @param architecture amd64, arm64, ...
 */
public record Platform(String os, String architecture) {

    /** The platform of a machine whose {@code os.arch} property is this. */
    public static Platform ofJavaArch(String osArch) {
        String architecture =
                switch (osArch.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "amd64";
                    case "aarch64" -> "arm64";
                    case "x86", "i386", "i686" -> "386";
                    default -> osArch;
                };
        return new Platform("linux", architecture);
    }

    @Override
    public String toString() {
        return os + "/" + architecture;
    }
}
