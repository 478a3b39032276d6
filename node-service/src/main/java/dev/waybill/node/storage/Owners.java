package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.MappedMounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose the files of an image are in a root: the machine's users as written on the disk, or those of a user namespace.
 * Immutable.
 *
 * @param userNamespace null for the machine's
 * @param firstId what id 0 on the disk is in the namespace's eyes
 */
public record Owners(@Nullable Path userNamespace, int firstId) {
    public static final Owners MACHINE = new Owners(null, 0);

    private static final String SHOWN = "shown";

    /** The directories with these owners, mounted below {@code place} where they differ from the disk's. */
    List<String> show(Path place, List<String> directories) throws IOException {
        if (userNamespace == null) {
            return directories;
        }
        unmountAll(place);
        List<String> shown = new ArrayList<>();
        for (String directory : directories) {
            Path target = Files.createDirectories(place.resolve(Integer.toString(shown.size())));
            MappedMounts.mount(Path.of(directory), target, userNamespace);
            shown.add(target.toString());
        }
        return shown;
    }

    /** A file or directory with these owners, mounted below the bundle where they differ from the disk's. */
    public Path show(Path bundle, Path source, int number) throws IOException {
        if (userNamespace == null) {
            return source;
        }
        Path target = bundle.resolve(SHOWN).resolve(Integer.toString(number));
        Files.createDirectories(Files.isDirectory(source) ? target : target.getParent());
        if (!Files.exists(target)) {
            Files.createFile(target);
        }
        MappedMounts.mount(source, target, userNamespace);
        return target;
    }

    /** Undoes that for all that a bundle was shown; one without is fine. */
    static void hide(Path bundle) {
        unmountAll(bundle.resolve(SHOWN));
    }

    /** Makes a directory itself, but not what is in it, the root user's. */
    void give(Path directory) throws IOException {
        if (userNamespace != null) {
            Files.setAttribute(directory, "unix:uid", firstId);
            Files.setAttribute(directory, "unix:gid", firstId);
        }
    }

    /** Lays these owners over a tree that is nobody else's, by a mount on itself. */
    void cover(Path tree) {
        if (userNamespace != null) {
            MappedMounts.mount(tree, tree, userNamespace);
        }
    }

    /** Unmounts all that is mounted in a directory; one that is missing is fine. */
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
