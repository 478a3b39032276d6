package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One line of a table of kinds while it is written. One thread. */
final class KindBuilder {
    private static final List<String> VERBS =
            List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

    private final String group;
    private final String version;
    private final String kind;
    private final String plural;
    private final boolean namespaced;
    private final KindRules rules;
    private String singular;
    private List<String> shortNames = List.of();
    private List<String> categories = List.of();
    private List<String> verbs = VERBS;
    private Set<String> subresources = Set.of();
    private boolean generational;
    private boolean showsDeleted;
    private String storageGroup;
    private String storageVersion;
    private Conversion conversion = Conversion.NONE;
    private @Nullable CustomKind custom;

    private KindBuilder(String group, String version, String kind, String plural, boolean namespaced, KindRules rules) {
        this.group = group;
        this.version = version;
        this.kind = kind;
        this.plural = plural;
        this.namespaced = namespaced;
        this.rules = rules;
        this.singular = kind.toLowerCase(Locale.ROOT);
        this.storageGroup = group;
        this.storageVersion = version;
    }

    /** A kind whose objects live in a namespace; apiVersion such as apps/v1. */
    static KindBuilder namespaced(String apiVersion, String kind, String plural, KindRules rules) {
        return of(apiVersion, kind, plural, true, rules);
    }

    static KindBuilder cluster(String apiVersion, String kind, String plural, KindRules rules) {
        return of(apiVersion, kind, plural, false, rules);
    }

    static KindBuilder of(String apiVersion, String kind, String plural, boolean namespaced, KindRules rules) {
        int slash = apiVersion.indexOf('/');
        return new KindBuilder(
                slash < 0 ? "" : apiVersion.substring(0, slash),
                apiVersion.substring(slash + 1),
                kind,
                plural,
                namespaced,
                rules);
    }

    KindBuilder singular(String name) {
        singular = name;
        return this;
    }

    KindBuilder shortNames(String... names) {
        shortNames = List.of(names);
        return this;
    }

    KindBuilder categories(String... names) {
        categories = List.of(names);
        return this;
    }

    KindBuilder sub(String... names) {
        subresources = Set.of(names);
        return this;
    }

    /** Not served. */
    KindBuilder verbs() {
        verbs = List.of();
        return this;
    }

    /** Answered at once and never stored. */
    KindBuilder review() {
        verbs = List.of("create");
        return this;
    }

    /** Answered from what is known at the moment, and never stored. */
    KindBuilder computed() {
        verbs = List.of("get", "list");
        return this;
    }

    /** Its metadata.generation counts changes of the spec. */
    KindBuilder counted() {
        generational = true;
        return this;
    }

    /** Deleting an object answers with it. */
    KindBuilder shown() {
        showsDeleted = true;
        return this;
    }

    /** Its objects are stored as those of another kind with the same plural name. */
    KindBuilder storedAs(String otherGroup, String otherVersion, Conversion how) {
        storageGroup = otherGroup;
        storageVersion = otherVersion;
        conversion = how;
        return this;
    }

    KindBuilder custom(CustomKind definition) {
        custom = definition;
        return this;
    }

    Kind done() {
        return new Kind(
                group,
                version,
                kind,
                plural,
                singular,
                shortNames,
                categories,
                namespaced,
                subresources,
                verbs,
                generational,
                showsDeleted,
                rules,
                storageGroup,
                storageVersion,
                conversion,
                custom);
    }
}
