package dev.waybill.gateway.kinds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every kind that the API serves. Immutable. */
public final class Kinds {
    private static final Kinds STANDARD = new Kinds(standardKinds());

    private final List<Kind> all;
    private final Map<String, Kind> byResource = new HashMap<>();
    private final Map<String, Kind> byKind = new HashMap<>();

    private Kinds(List<Kind> all) {
        this.all = List.copyOf(all);
        for (Kind kind : all) {
            byResource.put(kind.group() + "/" + kind.plural(), kind);
            byKind.put(kind.apiVersion() + "/" + kind.kind(), kind);
        }
    }

    /** The kinds of this build. */
    public static Kinds standard() {
        return STANDARD;
    }

    public List<Kind> all() {
        return all;
    }

    /** The kind served under group and plural name in this version, or null. */
    public @Nullable Kind byResource(String group, String version, String plural) {
        Kind kind = byResource.get(group + "/" + plural);
        return kind == null || !kind.version().equals(version) ? null : kind;
    }

    /** The kind stored under group and plural name, or null. */
    public @Nullable Kind byResource(String group, String plural) {
        return byResource.get(group + "/" + plural);
    }

    /** The kind of manifests with this apiVersion and kind, or null. */
    public @Nullable Kind byKind(String apiVersion, String kind) {
        return byKind.get(apiVersion + "/" + kind);
    }

    private static List<Kind> standardKinds() {
        List<Kind> kinds = new ArrayList<>();
        kinds.add(core("Namespace", "namespaces", "ns", false, "status", "finalize"));
        kinds.add(core("Node", "nodes", "no", false, "status"));
        return kinds;
    }

    private static Kind core(String kind, String plural, String shortName, boolean namespaced, String... subresources) {
        return new Kind(
                "",
                "v1",
                kind,
                plural,
                kind.toLowerCase(java.util.Locale.ROOT),
                shortName.isEmpty() ? List.of() : List.of(shortName),
                List.of(),
                namespaced,
                Set.copyOf(Arrays.asList(subresources)),
                false,
                KindRules.STORED);
    }
}
