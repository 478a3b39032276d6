package dev.waybill.gateway.kinds;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every kind that the API serves. Immutable. */
public final class Kinds {
    private static final Kinds STANDARD = new Kinds(StandardKinds.all());

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
}
