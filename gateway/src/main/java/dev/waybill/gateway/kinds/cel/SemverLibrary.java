package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;

/** Semantic versions (k8s.io/apiserver/pkg/cel/library/semverlib.go). Stateless. */
final class SemverLibrary {
    private static final OpaqueType SEMVER = OpaqueType.create("kubernetes.Semver");

    private SemverLibrary() {}

    static CelLibrary add(CelLibrary library) {
        return library.global("semver", SEMVER, SimpleType.STRING, String.class, SemanticVersion::parse)
                .global(
                        "semver",
                        SEMVER,
                        SimpleType.STRING,
                        String.class,
                        SimpleType.BOOL,
                        Boolean.class,
                        SemanticVersion::parse)
                .global("isSemver", SimpleType.BOOL, SimpleType.STRING, String.class, text -> isSemver(text, false))
                .global(
                        "isSemver",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        SimpleType.BOOL,
                        Boolean.class,
                        SemverLibrary::isSemver)
                .method("major", SimpleType.INT, SEMVER, SemanticVersion.class, SemanticVersion::major)
                .method("minor", SimpleType.INT, SEMVER, SemanticVersion.class, SemanticVersion::minor)
                .method("patch", SimpleType.INT, SEMVER, SemanticVersion.class, SemanticVersion::patch)
                .method(
                        "isGreaterThan",
                        SimpleType.BOOL,
                        SEMVER,
                        SemanticVersion.class,
                        SEMVER,
                        SemanticVersion.class,
                        (a, b) -> a.compareTo(b) > 0)
                .method(
                        "isLessThan",
                        SimpleType.BOOL,
                        SEMVER,
                        SemanticVersion.class,
                        SEMVER,
                        SemanticVersion.class,
                        (a, b) -> a.compareTo(b) < 0)
                .method(
                        "compareTo",
                        SimpleType.INT,
                        SEMVER,
                        SemanticVersion.class,
                        SEMVER,
                        SemanticVersion.class,
                        (a, b) -> (long) a.compareTo(b));
    }

    private static boolean isSemver(String text, boolean normalize) {
        return SemanticVersion.tryParse(text, normalize).isPresent();
    }
}
