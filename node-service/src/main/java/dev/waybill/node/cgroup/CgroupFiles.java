package dev.waybill.node.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reading and writing the small files of control groups. Stateless. */
final class CgroupFiles {
    private CgroupFiles() {}

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Empty when the file is missing or cannot be read, which some files say by an error. */
    static String readIfThere(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    static long number(Path file) {
        String text = read(file);
        return text.equals("max") ? Long.MAX_VALUE : Long.parseLong(text);
    }

    static void write(Path file, String value) {
        try {
            Files.writeString(file, value);
        } catch (IOException e) {
            throw new CgroupLimitException(file, value.strip(), e);
        }
    }

    static void makeDirectories(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + directory, e);
        }
    }

    /** Lines of the form {@code name value}. */
    static Map<String, Long> keyed(Path file) {
        Map<String, Long> values = new HashMap<>();
        for (String line : read(file).lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (space > 0) {
                values.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
            }
        }
        return values;
    }

    /** The group's directory and those below it, deepest first. */
    static List<Path> tree(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.find(directory, 8, (path, attributes) -> attributes.isDirectory())) {
            return paths.sorted(Comparator.comparing(Path::getNameCount).reversed())
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            // A group that goes away while it is listed has nothing left to remove.
            return Files.isDirectory(directory) ? List.of(directory) : List.of();
        }
    }

    static boolean removeTree(Path directory) {
        for (Path group : tree(directory)) {
            try {
                Files.deleteIfExists(group);
            } catch (DirectoryNotEmptyException e) {
                return false;
            } catch (FileSystemException e) {
                if (Files.isDirectory(group)) {
                    return false;
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot remove " + group, e);
            }
        }
        return true;
    }

    /** Removes the group if nothing is below or in it. */
    static void removeIfEmpty(Path directory) {
        try {
            if (children(directory).isEmpty()) {
                Files.deleteIfExists(directory);
            }
        } catch (FileSystemException e) {
            // A process is in it: it stays.
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }

    static void killTree(Path directory) {
        for (Path group : tree(directory)) {
            for (long pid : pids(group.resolve("cgroup.procs"))) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private static List<Long> pids(Path file) {
        try {
            return Files.readAllLines(file).stream().map(Long::parseLong).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            return Files.exists(file) ? fail(file, e) : List.of();
        }
    }

    private static List<Long> fail(Path file, IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
    }

    static List<String> children(Path directory) {
        List<String> names = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> paths = Files.list(directory)) {
                paths.filter(Files::isDirectory)
                        .forEach(path -> names.add(path.getFileName().toString()));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + directory, e);
            }
        }
        return names;
    }
}
