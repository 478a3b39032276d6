package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import java.util.List;

/** A volume of a pod. Immutable. */
public sealed interface VolumeSpec {
    String name();

    /** An empty directory that lives as long as the pod; in memory when asked, bounded by a limit that is not 0. */
    record EmptyDir(String name, boolean memory, Quantity limit) implements VolumeSpec {}

    /** A path of the node; the type decides what must be there or is made. */
    record HostPath(String name, String path, String type) implements VolumeSpec {}

    /** Files from objects and pod fields, replaced together when one changes. */
    record Projected(String name, int defaultMode, List<Source> sources) implements VolumeSpec {}

    /** The volume that a claim of the pod's namespace is bound to. */
    record Claim(String name, String claim, boolean readOnly) implements VolumeSpec {}

    /** A kind of volume that this node cannot make. */
    record Unsupported(String name, String kind) implements VolumeSpec {}

    /** One source of files. */
    sealed interface Source {
        /** Keys of a ConfigMap ({@code configmaps}) or Secret ({@code secrets}); without items every key. */
        record ObjectFiles(String resource, String object, boolean optional, List<Item> items) implements Source {}

        /**
         * A token of the pod's ServiceAccount.
         *
         * @param audience whom it is for; empty for the API
         */
        record AccountToken(String audience, long seconds, String path) implements Source {}

        /** Fields of the pod. */
        record Fields(List<Item> items) implements Source {}
    }

    /** A key or field path, the file it goes to, and its mode; -1 is the volume's default. */
    record Item(String key, String path, int mode) {}
}
