package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.MappedMounts;
import dev.waybill.node.pod.IdRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Whose the files of an image are in a root: the machine's users as written, or those of a user namespace. Immutable. */
public sealed interface Owners {
    Owners MACHINE = new Machine();

    /** As on the disk. */
    record Machine() implements Owners {}

    /** Id 0 on the disk is the first id of the range, as the namespace has it. */
    record Mapped(Path userNamespace, IdRange ids) implements Owners {}

    /** The directories with these owners, mounted below {@code place} where they differ from the disk's. */
    default List<String> show(Path place, List<String> directories) throws IOException {
        if (!(this instanceof Mapped mapped)) {
            return directories;
        }
        unmountAll(place);
        List<String> shown = new ArrayList<>();
        for (String directory : directories) {
            Path target = Files.createDirectories(place.resolve(Integer.toString(shown.size())));
            MappedMounts.mount(Path.of(directory), target, mapped.userNamespace());
            shown.add(target.toString());
        }
        return shown;
    }

    /** Makes a directory itself, but not what is in it, the root user's. */
    default void give(Path directory) throws IOException {
        if (this instanceof Mapped mapped) {
            Files.setAttribute(
                    directory, "unix:uid", Math.toIntExact(mapped.ids().first()));
            Files.setAttribute(
                    directory, "unix:gid", Math.toIntExact(mapped.ids().first()));
        }
    }

    /** Lays these owners over a tree that is nobody else's, by a mount on itself. */
    default void cover(Path tree) {
        if (this instanceof Mapped mapped) {
            MappedMounts.mount(tree, tree, mapped.userNamespace());
        }
    }

    /** Undoes {@link #show}; a place that is missing is fine. */
    static void unmountAll(Path place) {
        if (!Files.isDirectory(place)) {
            return;
        }
        try (Stream<Path> mounts = Files.list(place)) {
            mounts.forEach(Linux::unmount);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + place, e);
        }
    }
}
