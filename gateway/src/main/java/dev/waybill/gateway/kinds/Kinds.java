package dev.waybill.gateway.kinds;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every kind that the API serves, each version on its own. Immutable. */
public final class Kinds {
    private static final Kinds STANDARD = new Kinds(StandardKinds.all());

    private final List<Kind> all;
    private final Map<String, Kind> stored = new HashMap<>();
    private final Map<String, Kind> byResource = new HashMap<>();
    private final Map<String, Kind> byKind = new HashMap<>();

    private Kinds(List<Kind> all) {
        this.all = List.copyOf(all);
        for (Kind kind : all) {
            if (kind.isStorage()) {
                stored.put(kind.group() + "/" + kind.plural(), kind);
            }
            byResource.put(kind.apiVersion() + "/" + kind.plural(), kind);
            byKind.put(kind.apiVersion() + "/" + kind.kind(), kind);
        }
    }

    /** The kinds of this build. */
    public static Kinds standard() {
        return STANDARD;
    }

    /** These kinds and others; of the same group and plural name the present ones stay. */
    public Kinds with(List<Kind> more) {
        List<Kind> next = new ArrayList<>(all);
        more.stream()
                .filter(kind -> all.stream()
                        .noneMatch(present -> present.group().equals(kind.group())
                                && present.plural().equals(kind.plural())))
                .forEach(next::add);
        return new Kinds(next);
    }

    public List<Kind> all() {
        return all;
    }

    /** The kind served under group and plural name in this version, or null. */
    public @Nullable Kind byResource(String group, String version, String plural) {
        return byResource.get((group.isEmpty() ? "" : group + "/") + version + "/" + plural);
    }

    /** The kind as which objects under group and plural name are stored, or null. */
    public @Nullable Kind byResource(String group, String plural) {
        return stored.get(group + "/" + plural);
    }

    /** The kind of manifests with this apiVersion and kind, or null. */
    public @Nullable Kind byKind(String apiVersion, String kind) {
        return byKind.get(apiVersion + "/" + kind);
    }
}
