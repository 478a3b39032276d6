package dev.waybill.image.registry;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Operating system, processor architecture and its variant in Go's words. Immutable.
 *
 * @param os always linux on nodes
 * @param architecture amd64, arm64, arm, ...
 * @param variant v7 of arm, v2 of amd64; empty for the plain one
 */
public record Platform(String os, String architecture, String variant) {

    /** Newest and oldest variant of 32-bit ARM that images are made for. */
    private static final int NEWEST_ARM = 8;

    private static final int OLDEST_ARM = 5;

    /** The platform of a machine whose {@code os.arch} property is this. */
    public static Platform ofJavaArch(String osArch) {
        return switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> new Platform("linux", "amd64", "");
            case "aarch64" -> new Platform("linux", "arm64", "v8");
            case "arm" -> new Platform("linux", "arm", "v7");
            case "x86", "i386", "i686" -> new Platform("linux", "386", "");
            default -> new Platform("linux", osArch, "");
        };
    }

    /** Spelled one way: aarch64 is arm64, its v8 goes without saying, arm means v7 (containerd, platforms.Normalize). */
    public Platform normal() {
        String arch =
                switch (architecture.toLowerCase(Locale.ROOT)) {
                    case "x86_64", "x86-64" -> "amd64";
                    case "aarch64" -> "arm64";
                    case "i386" -> "386";
                    case "armhf", "armel" -> "arm";
                    default -> architecture.toLowerCase(Locale.ROOT);
                };
        String which = variant.toLowerCase(Locale.ROOT);
        boolean plain = (arch.equals("arm64") && (which.equals("v8") || which.equals("8")))
                || (arch.equals("amd64") && which.equals("v1"));
        if (plain) {
            which = "";
        } else if (arch.equals("arm")) {
            which = which.isEmpty() ? "v7" : which.startsWith("v") ? which : "v" + which;
        }
        return new Platform(os.toLowerCase(Locale.ROOT), arch, which);
    }

    /** What runs here, the best first: an ARM core runs older variants, a 64-bit one 32-bit programs last. */
    public List<Platform> runnable() {
        Platform own = normal();
        return switch (own.architecture) {
            case "arm" -> arm(own.os, armVariant(own.variant)).toList();
            case "arm64" -> {
                Stream<Platform> plain = Stream.of(new Platform(own.os, "arm64", ""));
                Stream<Platform> itself = own.variant.isEmpty() ? plain : Stream.concat(Stream.of(own), plain);
                yield Stream.concat(itself, arm(own.os, NEWEST_ARM)).toList();
            }
            case "amd64" -> own.variant.isEmpty() ? List.of(own) : List.of(own, new Platform(own.os, "amd64", ""));
            default -> List.of(own);
        };
    }

    private static Stream<Platform> arm(String os, int newest) {
        return Stream.iterate(newest, version -> version >= OLDEST_ARM, version -> version - 1)
                .map(version -> new Platform(os, "arm", "v" + version));
    }

    private static int armVariant(String variant) {
        return variant.matches("v[5-8]") ? variant.charAt(1) - '0' : NEWEST_ARM - 1;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
